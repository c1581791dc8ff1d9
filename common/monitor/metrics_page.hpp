// Numbers as Prometheus reads them (text format 0.0.4). DESIGN.md says why this is our own. Pure.
//
//   MetricsPage page;
//   page.family("cadre_jobs", MetricsPage::Kind::gauge, "Open jobs.");
//   page.value({{"queue", "default"}, {"state", "ready"}}, 3);
//   send(page.take());
//
// All samples of a family stand together: whoever writes begins each family once. A family without samples is not
// shown.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/histogram.hpp"

namespace cadre::monitor {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class MetricsPage {
 public:
  enum class Kind : std::uint8_t { counter, gauge, histogram };

  // What the next samples belong to; `help` is one sentence.
  void family(std::string_view name, Kind kind, std::string_view help);

  void value(Labels labels, std::uint64_t number);
  void value(Labels labels, double number);
  void value(Labels labels, Duration seconds) { value(labels, seconds_of(seconds)); }
  void value(Labels labels, const Histogram& histogram);  // in seconds; the family's kind is histogram
  // Families of one sample.
  template <class Number>
  void one(std::string_view name, Kind kind, std::string_view help, Number number) {
    family(name, kind, help);
    value({}, number);
  }

  std::string take() { return std::move(text_); }

 private:
  void sample(std::string_view suffix, Labels labels, std::string_view bound, std::string_view number);

  std::string text_;
  std::string name_;
  std::string head_;  // of the family; written with its first sample
};

// Seconds since 1970.
inline double timestamp(WallTime time) { return seconds_of(time.time_since_epoch()); }

}  // namespace cadre::monitor
