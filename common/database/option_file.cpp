#include "common/database/option_file.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace cadre::db {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view blank = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// A line with its end: "\n", "\r\n", or nothing behind the last one.
struct Line {
  std::string body, end;
  std::string group;  // in which it stands; of a header: its own
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const auto newline = text.find('\n');
    const std::string_view whole = text.substr(0, newline == std::string_view::npos ? text.size() : newline + 1);
    text.remove_prefix(whole.size());
    const std::size_t ends = whole.ends_with("\r\n") ? 2 : whole.ends_with('\n') ? 1 : 0;
    lines.push_back({std::string(whole.substr(0, whole.size() - ends)), std::string(whole.substr(whole.size() - ends)), {}});
  }
  return lines;
}

// As MariaDB reads it: blanks before the bracket that closes do not count, those behind the one that opens do.
std::optional<std::string_view> header_of(std::string_view line) {
  const std::string_view text = trimmed(line);
  const auto close = text.find(']');
  if (text.empty() || text.front() != '[' || close == std::string_view::npos) return std::nullopt;
  const std::string_view group = text.substr(1, close - 1);
  return group.substr(0, group.find_last_not_of(blank) + 1);
}

// "loose_bind_address" and "bind-address" are one.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : trimmed(name)) plain += c == '_' ? '-' : c;
  constexpr std::string_view loose = "loose-";
  if (plain.starts_with(loose)) plain.erase(0, loose.size());
  return plain;
}

bool sets(const Line& line, std::string_view name) {
  const std::string_view text = trimmed(line.body);
  if (text.empty() || text.front() == '#' || text.front() == ';' || text.front() == '!' || text.front() == '[') return false;
  return plain_name(text.substr(0, text.find_first_of("=#"))) == name;
}

bool comments_out(const Line& line, std::string_view name) {
  const std::string_view text = trimmed(line.body);
  const auto word = text.find_first_not_of("#; \t");
  if (text.empty() || (text.front() != '#' && text.front() != ';') || word == std::string_view::npos) return false;
  const auto equals = text.find('=');
  return equals != std::string_view::npos && plain_name(text.substr(word, equals - word)) == name;
}

std::string value_of(const Line& line) {
  const auto equals = line.body.find('=');
  if (equals == std::string::npos) return "";
  const std::string_view behind = std::string_view(line.body).substr(equals + 1);
  return std::string(trimmed(behind.substr(0, behind.find('#'))));
}

// The line with another value: what stands before it, and a comment behind it, stay.
std::string with_value(const Line& line, std::string_view name, std::string_view value) {
  const auto equals = line.body.find('=');
  if (equals == std::string::npos) return fmt::format("{} = {}", name, value);
  const auto first = line.body.find_first_not_of(blank, equals + 1);
  const auto comment = line.body.find('#', equals);
  const std::string before = line.body.substr(0, first == std::string::npos || first == comment ? equals + 1 : first);
  return fmt::format("{}{}{}", before, value, comment == std::string::npos ? "" : "  " + line.body.substr(comment));
}

// Without the byte-order mark.
std::vector<Line> grouped_lines_of(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  auto lines = lines_of(text);
  std::string group;
  for (Line& line : lines) {
    if (const auto header = header_of(line.body)) group = *header;
    line.group = group;
  }
  return lines;
}

bool holds(const std::vector<std::string>& all, std::string_view one) { return std::find(all.begin(), all.end(), one) != all.end(); }

// As the server takes it: quotes around it are not part of it.
std::string plain_value(const Line& line) {
  const std::string value = value_of(line);
  const bool quoted = value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

class Edit {
 public:
  Edit(std::string_view text, std::string_view name, std::string_view value, const std::vector<std::string>& groups) : name_(name), value_(value), groups_(groups) {
    if (text.starts_with(byte_order_mark)) mark_ = byte_order_mark;
    lines_ = grouped_lines_of(text);
    line_end_ = !lines_.empty() && lines_.front().end == "\r\n" ? "\r\n" : "\n";
  }

  OptionFile carry_out() {
    std::vector<std::size_t> there;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (is_read(lines_[i].group) && sets(lines_[i], name_)) there.push_back(i);
      if (groups_.empty() && trimmed(lines_[i].body).starts_with("!include")) file_.notes.push_back(fmt::format("line {}: '{}': an option there may say otherwise", i + 1, trimmed(lines_[i].body)));
    }
    if (there.empty()) insert();
    else leave_one(there);
    file_.text = mark_;
    for (const Line& line : lines_) file_.text += line.body + line.end;
    return std::move(file_);
  }

 private:
  bool is_read(const std::string& group) const { return groups_.empty() ? is_server_group(group) : holds(groups_, group); }

  void leave_one(const std::vector<std::size_t>& there) {
    Line& last = lines_[there.back()];
    if (value_of(last) != value_) {
      file_.notes.push_back(fmt::format("line {}: {} was '{}'", there.back() + 1, name_, value_of(last)));
      last.body = with_value(last, name_, value_);
      file_.changed = true;
    }
    for (std::size_t i = there.size() - 1; i-- > 0;) {
      file_.notes.push_back(fmt::format("line {}: {} stood there too, as '{}', and had no effect", there[i] + 1, name_, value_of(lines_[there[i]])));
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(there[i]));
      file_.changed = true;
    }
  }

  // Behind a line that says it as a comment, else behind the header of the server's last group, else in a group of its own.
  void insert() {
    file_.changed = true;
    std::optional<std::size_t> behind;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (is_read(lines_[i].group) && header_of(lines_[i].body)) behind = i;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (is_read(lines_[i].group) && comments_out(lines_[i], name_)) behind = i;
    if (!lines_.empty() && lines_.back().end.empty()) lines_.back().end = line_end_;
    if (!behind) {
      lines_.push_back({"[mysqld]", line_end_, {}});
      behind = lines_.size() - 1;
      file_.notes.push_back("there was no group of the server: [mysqld] is added at the end");
    }
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(*behind) + 1, {fmt::format("{} = {}", name_, value_), line_end_, {}});
  }

  const std::string name_, value_;
  const std::vector<std::string>& groups_;
  std::string mark_, line_end_;
  std::vector<Line> lines_;
  OptionFile file_;
};

}  // namespace

bool is_server_group(std::string_view group) {
  constexpr std::array<std::string_view, 4> names{"mysqld", "server", "mariadb", "mariadbd"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    if (!group.starts_with(name)) return false;
    const std::string_view rest = group.substr(name.size());
    return rest.empty() || (rest.size() > 1 && rest.front() == '-' && rest.find_first_not_of("0123456789.", 1) == std::string_view::npos);
  });
}

std::vector<OptionLine> option_lines(std::string_view text, std::string_view name, const std::vector<std::string>& groups) {
  constexpr std::string_view directory = "!includedir", file = "!include";
  std::vector<OptionLine> found;
  const auto lines = grouped_lines_of(text);
  const std::string plain = plain_name(name);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view body = trimmed(lines[i].body);
    const auto behind = [&](std::string_view word) { return std::string(trimmed(body.substr(word.size()))); };
    if (body.starts_with(directory)) found.push_back({OptionLine::Kind::include_directory, i + 1, behind(directory)});
    else if (body.starts_with(file)) found.push_back({OptionLine::Kind::include, i + 1, behind(file)});
    else if (!holds(groups, lines[i].group)) continue;
    else if (header_of(body)) found.push_back({OptionLine::Kind::group, i + 1, lines[i].group});
    else if (sets(lines[i], plain)) found.push_back({OptionLine::Kind::value, i + 1, plain_value(lines[i])});
  }
  return found;
}

Result<OptionFile> set_option(std::string_view text, std::string_view name, std::string_view value, const std::vector<std::string>& groups) {
  if (value.empty() || value.find_first_of("\r\n#\\\"'") != std::string_view::npos || trimmed(value) != value)
    return Error{fmt::format("'{}' cannot be the value of {} in an option file: no line ends, quotes, '#', backslashes or blanks around it", value, name)};
  return Edit(text, plain_name(name), value, groups).carry_out();
}

}  // namespace cadre::db
