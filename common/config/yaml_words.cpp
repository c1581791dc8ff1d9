// Times, sizes and the nearest word: texts that people write, also outside of YAML.
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "common/config/words.hpp"
#include "common/config/yaml.hpp"

namespace cadre::yaml {
namespace {

struct Unit {
  std::string_view word;
  std::uint64_t factor;
};

bool digit(char c) { return c >= '0' && c <= '9'; }

// "1.5h" with a table of units, exactly: what is no whole number of the smallest unit is refused, as is overflow.
template <std::size_t size>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, size>& units) {
  constexpr std::uint64_t top = std::numeric_limits<std::int64_t>::max();
  constexpr std::size_t decimals_max = 9;
  std::size_t at = 0;
  std::uint64_t digits = 0;
  std::uint64_t scale = 1;
  const auto take = [&] {
    for (; at < text.size() && digit(text[at]); ++at) {
      if (digits > (top - 9) / 10) return false;
      digits = digits * 10 + static_cast<std::uint64_t>(text[at] - '0');
    }
    return true;
  };
  if (text.size() > 1 && text[0] == '0' && digit(text[1])) return std::nullopt;
  if (!take() || at == 0) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    const std::size_t point = at++;
    if (!take() || at == point + 1 || at - point - 1 > decimals_max) return std::nullopt;
    for (std::size_t i = point + 1; i < at; ++i) scale *= 10;
  }
  if (at < text.size() && text[at] == ' ') ++at;
  const std::string_view word = text.substr(at);
  if (word.empty() && text.back() == ' ') return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.word != word) continue;
    const std::uint64_t common = std::gcd(unit.factor, scale);
    const std::uint64_t factor = unit.factor / common;
    const std::uint64_t divisor = scale / common;
    if (digits % divisor != 0) return std::nullopt;
    const std::uint64_t whole = digits / divisor;
    if (whole > top / factor) return std::nullopt;
    return whole * factor;
  }
  return std::nullopt;
}

// "P30D", "PT12H", "P1DT6H30M", "P4W" (ISO 8601): each part with a unit of its own, from large to small. Years and months
// have no fixed length, and are refused.
std::optional<Duration> iso_duration(std::string_view text) {
  static constexpr std::array<Unit, 2> days{{{"W", 604'800'000'000}, {"D", 86'400'000'000}}};
  static constexpr std::array<Unit, 3> times{{{"H", 3'600'000'000}, {"M", 60'000'000}, {"S", 1'000'000}}};
  std::uint64_t sum = 0;
  const auto take = [&sum](std::string_view part, const auto& units) {
    std::size_t unit = 0;
    while (!part.empty()) {
      const std::size_t end = part.find_first_not_of("0123456789.");
      if (end == std::string_view::npos) return false;
      while (unit < units.size() && units[unit].word != part.substr(end, 1)) ++unit;
      if (unit == units.size()) return false;
      const auto value = with_unit(part.substr(0, end + 1), units);
      if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - sum) return false;
      sum += *value;
      ++unit;
      part.remove_prefix(end + 1);
    }
    return true;
  };
  text.remove_prefix(1);
  const std::size_t t = text.find('T');
  if (text.empty() || t + 1 == text.size()) return std::nullopt;
  if (!take(text.substr(0, t), days)) return std::nullopt;
  if (t != std::string_view::npos && !take(text.substr(t + 1), times)) return std::nullopt;
  return Duration{static_cast<std::int64_t>(sum)};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.starts_with('P')) return iso_duration(text);
  static constexpr std::array<Unit, 7> units{{{"us", 1},
                                              {"ms", 1'000},
                                              {"s", 1'000'000},
                                              {"m", 60'000'000},
                                              {"min", 60'000'000},
                                              {"h", 3'600'000'000},
                                              {"d", 86'400'000'000}}};
  const auto value = with_unit(text, units);
  if (!value) return std::nullopt;
  return Duration{static_cast<std::int64_t>(*value)};
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  // "K", "M", "G" alone are missing on purpose: nobody knows whether 1000 or 1024 is meant.
  static constexpr std::array<Unit, 11> units{{{"", 1},
                                               {"B", 1},
                                               {"KiB", 1ull << 10},
                                               {"MiB", 1ull << 20},
                                               {"GiB", 1ull << 30},
                                               {"TiB", 1ull << 40},
                                               {"kB", 1'000},
                                               {"KB", 1'000},
                                               {"MB", 1'000'000},
                                               {"GB", 1'000'000'000},
                                               {"TB", 1'000'000'000'000}}};
  return with_unit(text, units);
}

std::string duration_word(Duration duration) {
  static constexpr std::array<Unit, 6> units{
      {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"min", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (count == 0) return "0";
  for (const Unit& unit : units) {
    const std::uint64_t at_least = unit.word == "d" || unit.word == "min" ? 2 : 1;  // "24h", "60s", but "30d"
    if (count % unit.factor == 0 && count / unit.factor >= at_least) {
      return std::to_string(count / unit.factor) + std::string(unit.word);
    }
  }
  return std::to_string(count) + "us";
}

std::string bytes_word(std::uint64_t bytes) {
  static constexpr std::array<Unit, 4> units{
      {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}}};
  for (const Unit& unit : units) {
    if (bytes != 0 && bytes % unit.factor == 0) return std::to_string(bytes / unit.factor) + std::string(unit.word);
  }
  return std::to_string(bytes);
}

namespace {

// Optimal string alignment: insert, delete, replace, or swap two neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t distance_max = 2;
  std::optional<std::string> best;
  std::size_t best_score = 2 * distance_max + 2;
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) > distance_max) continue;
    const std::size_t edits = distance(word, candidate);
    if (edits > distance_max || edits * 2 >= word.size()) continue;
    // Of equally near ones, the one that begins the same: "wroker" is rather worker than broker.
    const std::size_t score = 2 * edits + (word[0] == candidate[0] ? 0 : 1);
    if (score >= best_score) continue;
    best = candidate;
    best_score = score;
  }
  return best;
}

}  // namespace cadre::yaml
