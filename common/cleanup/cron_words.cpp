#include <algorithm>
#include <cctype>

#include "common/cleanup/cron.hpp"

namespace cadre::cleanup {
namespace {

constexpr std::array<std::string_view, 12> month_words{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_words{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

}  // namespace

constinit const std::array<CronField, 5> cron_fields{{{"minute", 0, 59, {}},
                                                      {"hour", 0, 23, {}},
                                                      {"day of month", 1, 31, {}},
                                                      {"month", 1, 12, month_words},
                                                      {"day of week", 0, 7, weekday_words}}};

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::optional<unsigned> number_in(const CronField& field, std::string_view word) {
  for (std::size_t i = 0; i < field.words.size(); ++i) {
    if (same_word(word, field.words[i])) return field.min + static_cast<unsigned>(i);
  }
  if (word.empty() || word.size() > 2) return std::nullopt;
  unsigned number = 0;
  for (const char c : word) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number < field.min || number > field.max) return std::nullopt;
  return number;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (auto at = text.find(separator); at != text.npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  std::vector<std::string_view> words;
  for (auto at = text.find_first_not_of(blank); at != text.npos; at = text.find_first_not_of(blank)) {
    text.remove_prefix(at);
    const auto end = std::min(text.find_first_of(blank), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace cadre::cleanup
