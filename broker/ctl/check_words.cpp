// A verdict in the words of monitoring systems: one line and more for Nagios and its kin (monitoring-plugins.org,
// "output" and "performance data"), JSON for a PRTG sensor "EXE/Script Advanced", and plain JSON.
#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/check.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t prtg_text_max = 2000;

// One line, and nothing that the format takes for its own.
std::string plain(std::string text, char banned) {
  for (char& c : text)
    if (c == banned)
      c = '/';
    else if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  return text;
}

std::string number(double value, Measure::Unit unit) {
  return unit == Measure::Unit::seconds ? fmt::format("{:.3f}", value) : fmt::format("{:.0f}", value);
}

std::string perfdata(const Measure& m) {
  const char* unit = m.unit == Measure::Unit::seconds ? "s" : m.unit == Measure::Unit::bytes ? "B" : "";
  // "10" is wrong above 10, "10:" below.
  const auto range = [&](const std::optional<double>& bound) {
    return bound ? number(*bound, m.unit) + (m.low ? ":" : "") : "";
  };
  return fmt::format("'{}'={}{};{};{};0;{}", m.label, number(m.value, m.unit), unit, range(m.warn), range(m.crit),
                     m.max ? number(*m.max, m.unit) : "");
}

std::string upper(std::string_view text) {
  std::string all(text);
  std::transform(all.begin(), all.end(), all.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return all;
}

std::string nagios(const Verdict& v) {
  std::string text =
      fmt::format("CADRE {} {}: {}", upper(v.check), upper(to_string(v.health())), plain(v.headline(), '|'));
  const char* before = " | ";
  for (const auto& measure : v.measures) text += std::exchange(before, " ") + perfdata(measure);
  text += '\n';
  for (const auto& finding : v.findings)
    if (finding.sentence != v.headline())
      text += fmt::format("{}: {}\n", to_string(finding.health), plain(finding.sentence, '|'));
  return text;
}

Json channel(const Measure& m) {
  Json json{{"channel", m.label}, {"value", number(m.value, m.unit)}};
  if (m.unit == Measure::Unit::seconds) json.update({{"unit", "TimeSeconds"}, {"float", 1}});
  if (m.unit == Measure::Unit::bytes) json["unit"] = "BytesDisk";
  if (m.unit == Measure::Unit::count) json["unit"] = "Count";
  if (!m.warn && !m.crit) return json;
  json["limitmode"] = 1;
  if (m.warn) json[m.low ? "limitminwarning" : "limitmaxwarning"] = number(*m.warn, m.unit);
  if (m.crit) json[m.low ? "limitminerror" : "limitmaxerror"] = number(*m.crit, m.unit);
  return json;
}

// PRTG makes a sensor's state of its channels alone: the verdict is one of them.
std::string prtg(const Verdict& v) {
  const std::string text = plain(v.headline(), '#').substr(0, prtg_text_max);
  Json json{{"prtg", {{"text", text}}}};
  if (v.health() == Health::unknown) {
    json["prtg"]["error"] = 1;
  } else {
    Json result = Json::array();
    result.push_back({{"channel", "state"},
                      {"value", std::to_string(static_cast<int>(v.health()))},
                      {"unit", "Custom"},
                      {"customunit", "0 ok 1 warning 2 critical"},
                      {"limitmode", 1},
                      {"limitmaxwarning", "0"},
                      {"limitmaxerror", "1"}});
    for (const auto& measure : v.measures) result.push_back(channel(measure));
    json["prtg"]["result"] = std::move(result);
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string plain_json(const Verdict& v) {
  Json json{{"check", v.check},
            {"state", to_string(v.health())},
            {"code", static_cast<int>(v.health())},
            {"text", v.headline()}};
  json["findings"] = Json::array();
  for (const auto& finding : v.findings)
    json["findings"].push_back({{"state", to_string(finding.health)}, {"text", finding.sentence}});
  json["measures"] = Json::array();
  for (const auto& m : v.measures) {
    Json one{{"label", m.label}, {"value", m.value}, {"state", to_string(m.health())}};
    one["unit"] = m.unit == Measure::Unit::seconds ? "s" : m.unit == Measure::Unit::bytes ? "B" : "";
    if (m.warn) one[m.low ? "warn_below" : "warn_above"] = *m.warn;
    if (m.crit) one[m.low ? "crit_below" : "crit_above"] = *m.crit;
    if (m.max) one["max"] = *m.max;
    json["measures"].push_back(std::move(one));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warning:
      return "warning";
    case Health::critical:
      return "critical";
    case Health::unknown:
      return "unknown";
  }
  return "";
}

std::string words_of(const Verdict& verdict, CheckFormat format) {
  switch (format) {
    case CheckFormat::nagios:
      return nagios(verdict);
    case CheckFormat::prtg:
      return prtg(verdict);
    case CheckFormat::json:
      return plain_json(verdict);
  }
  return "";
}

}  // namespace cadre::ctl
