// What a bench tells: lines for people as they come, or one JSON object at the end.
#pragma once

#include <optional>
#include <string>

#include "broker/ctl/bench_usage.hpp"
#include "broker/ctl/load.hpp"

namespace cadre::ctl {

class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void set(const std::string& name, Json value) { all_[name] = std::move(value); }
  // Without usage: what the processes used is not known.
  Json& add(const std::string& name, const Load& load, const Measured& measured, const std::optional<Usage>& usage);
  // A line for people that JSON readers find in `add`'s or `set`'s values.
  void line(const std::string& text) const;
  void note(const std::string& text);
  void finish() const;

 private:
  bool json_;
  Json all_ = {{"measurements", Json::array()}, {"notes", Json::array()}};
};

}  // namespace cadre::ctl
