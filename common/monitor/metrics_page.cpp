#include "common/monitor/metrics_page.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "common/base/assert.hpp"

namespace cadre::monitor {

namespace {

// In values of labels and in help: one line stays one line.
void append_escaped(std::string& text, std::string_view raw, bool quotes) {
  for (const char c : raw) {
    if (c == '\\')
      text += "\\\\";
    else if (c == '\n')
      text += "\\n";
    else if (c == '"' && quotes)
      text += "\\\"";
    else
      text += c;
  }
}

std::string word_of(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", number);  // the shortest that reads back as the same
}

constexpr std::string_view word_of(MetricsPage::Kind kind) {
  switch (kind) {
    case MetricsPage::Kind::counter:
      return "counter";
    case MetricsPage::Kind::gauge:
      return "gauge";
    case MetricsPage::Kind::histogram:
      return "histogram";
  }
  return "";
}

}  // namespace

void MetricsPage::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  head_ = fmt::format("# HELP {} ", name);
  append_escaped(head_, help, false);
  head_ += fmt::format("\n# TYPE {} {}\n", name, word_of(kind));
}

void MetricsPage::value(Labels labels, std::uint64_t number) { sample("", labels, "", std::to_string(number)); }

void MetricsPage::value(Labels labels, double number) { sample("", labels, "", word_of(number)); }

void MetricsPage::value(Labels labels, const Histogram& histogram) {
  std::uint64_t up_to = 0;
  const auto bounds = histogram.bounds();
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    up_to += histogram.in_bucket(i);
    sample("_bucket", labels, word_of(seconds_of(bounds[i])), std::to_string(up_to));
  }
  sample("_bucket", labels, "+Inf", std::to_string(histogram.count()));
  sample("_sum", labels, "", word_of(seconds_of(histogram.sum())));
  sample("_count", labels, "", std::to_string(histogram.count()));
}

void MetricsPage::sample(std::string_view suffix, Labels labels, std::string_view bound, std::string_view number) {
  CADRE_ASSERT(!name_.empty());
  text_ += std::exchange(head_, "");
  text_ += name_;
  text_ += suffix;
  const char* before = "{";
  const auto label = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}{}=\"", std::exchange(before, ","), name);
    append_escaped(text_, value, true);
    text_ += '"';
  };
  for (const auto& [name, value] : labels) label(name, value);
  if (!bound.empty()) label("le", bound);
  if (*before == ',') text_ += '}';
  fmt::format_to(std::back_inserter(text_), " {}\n", number);
}

}  // namespace cadre::monitor
