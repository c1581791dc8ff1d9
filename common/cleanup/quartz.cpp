#include "common/cleanup/quartz.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "common/cleanup/cron.hpp"

namespace cadre::cleanup {
namespace {

constexpr std::size_t weekday_at = 4;  // in cron_fields

constexpr std::array<std::string_view, 7> weekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

// The five fields as Quartz counts them: all but the weekdays as cron does.
CronField quartz_field(std::size_t at) {
  if (at == weekday_at) return {"day of week", 1, 7, weekdays};
  return cron_fields.at(at);
}

std::string upper(std::string_view text) {
  std::string all(text);
  for (char& c : all) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return all;
}

// What is special about an element, for people; empty for nothing. "L", "L-3", "LW", "15W", "6L", "FRIL", "6#3".
std::string_view peculiar(std::string_view element) {
  if (element.find('#') != element.npos) return "the n-th such weekday of the month";
  std::string rest = upper(element);
  if (std::find(weekdays.begin(), weekdays.end(), rest.substr(0, 3)) != weekdays.end()) rest.erase(0, 3);
  rest.erase(0, std::min(rest.find_first_not_of("0123456789"), rest.size()));
  if (rest == "L" || rest.starts_with("L-")) return "the last of the month";
  if (rest == "W" || rest == "LW") return "the nearest working day";
  return {};
}

bool is_quartz(const std::vector<std::string_view>& words) {
  if (words.size() < 5 || words.size() > 7) return false;
  if (words.size() > 5 && words[0].find_first_not_of("0123456789*/,-") == std::string_view::npos) return true;
  return std::any_of(words.begin(), words.end(), [](std::string_view word) {
    const auto elements = split(word, ',');
    return word == "?" ||
           std::any_of(elements.begin(), elements.end(), [](auto one) { return !peculiar(one).empty(); });
  });
}

// Weekdays become names, so that nobody need know who counts from what.
std::string say(std::size_t at, unsigned number) {
  return at == weekday_at ? std::string(weekdays.at(number - 1)) : std::to_string(number);
}

Result<std::string> element_from_quartz(std::size_t at, std::string_view text) {
  const CronField field = quartz_field(at);
  const auto refuse = [&] {
    return Error{fmt::format("{}: wanted {} to {}, found \"{}\"", field.name, field.min, field.max, text)};
  };
  if (const auto what = peculiar(text); !what.empty()) {
    return Error{fmt::format("cron cannot say {} \"{}\" ({})", field.name, text, what)};
  }
  const auto slash = text.find('/');
  const std::string_view body = text.substr(0, slash);
  const auto dash = body.find('-');
  const auto first = body == "*" ? field.min : number_in(field, body.substr(0, dash));
  auto last = dash == body.npos ? first : number_in(field, body.substr(dash + 1));
  if (!first || !last) return refuse();
  unsigned step = 1;
  if (slash != text.npos) {
    const auto found = number_in({"step", 1, 99, {}}, text.substr(slash + 1));
    if (!found) return refuse();
    step = *found;
    if (dash == body.npos) last = field.max;  // "5/15": from 5 on
  }
  if (body == "*") last = field.max;
  const std::string every = step == 1 ? "" : fmt::format("/{}", step);
  if (*last < *first) {  // "FRI-MON" goes on past the end; cron's ranges do not
    std::string list;
    const unsigned span = field.max - field.min + 1;
    for (unsigned number = *first; number <= *last + span; number += step) {
      list += (list.empty() ? "" : ",") + say(at, number > field.max ? number - span : number);
    }
    return list;
  }
  if (*first == *last || step > *last - *first) return say(at, *first);
  if (*first == field.min && *last == field.max) return "*" + every;
  return say(at, *first) + "-" + say(at, *last) + every;
}

Result<std::string> field_from_quartz(std::size_t at, std::string_view text) {
  if (text == "?") return std::string("*");
  std::string all;
  for (const std::string_view element : split(text, ',')) {
    const auto one = element_from_quartz(at, element);
    if (!one) return one;
    all += (all.empty() ? "" : ",") + *one;
  }
  return all;
}

}  // namespace

Result<std::string> cron_from_quartz(std::string_view text) {
  auto words = words_of(text);
  if (words.size() == 7) {
    if (words[6] != "*") return Error{fmt::format("cron has no field for the year \"{}\"", words[6])};
    words.pop_back();
  }
  if (words.size() == 6) {
    if (words[0].find_first_not_of('0') != std::string_view::npos) {
      return Error{fmt::format("its seconds are \"{}\", and duties start on the minute", words[0])};
    }
    words.erase(words.begin());
  }
  if (words.size() != cron_fields.size()) return Error{fmt::format("found {} fields", words.size())};
  std::string line;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto field = field_from_quartz(at, words[at]);
    if (!field) return field;
    line += (line.empty() ? "" : " ") + *field;
  }
  if (const auto cron = Cron::parse(line); !cron) return Error{cron.error()};
  return line;
}

std::optional<std::string> quartz_refusal(std::string_view text) {
  const auto words = words_of(text);
  if (!is_quartz(words)) return std::nullopt;
  const std::string_view sign = words.size() == cron_fields.size() ? "it has ?, L, W or #" : "seconds first";
  const auto line = cron_from_quartz(text);
  if (line) return fmt::format("it is a Quartz line ({}), and Cadre takes cron: write \"{}\"", sign, *line);
  return fmt::format("it is a Quartz line ({}), and has no equal in cron: {}", sign, line.error());
}

}  // namespace cadre::cleanup
