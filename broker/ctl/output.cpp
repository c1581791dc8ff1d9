#include "broker/ctl/output.hpp"

#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>

#include "broker/ctl/stop.hpp"
#include "common/base/assert.hpp"

namespace cadre::ctl {

// Only LC_CTYPE: numbers keep their points.
void set_locale() {
  std::setlocale(LC_CTYPE, "");
  if (!speaks_utf8()) std::setlocale(LC_CTYPE, "C.UTF-8");
}

bool speaks_utf8() { return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

void Table::row(std::vector<std::string> cells) {
  CADRE_ASSERT(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

namespace {

using Scols = std::unique_ptr<libscols_table, decltype(&scols_unref_table)>;

Scols build(const std::vector<Table::Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  Scols table(scols_new_table(), scols_unref_table);
  CADRE_ASSERT(table != nullptr);
  scols_table_enable_maxout(table.get(), 0);
  for (const auto& column : columns) {
    int flags = column.align == Table::Align::right ? SCOLS_FL_RIGHT : 0;
    if (&column == &columns.back()) flags |= SCOLS_FL_TRUNC;
    CADRE_ASSERT(scols_table_new_column(table.get(), column.title.c_str(), 0.0, flags) != nullptr);
  }
  for (const auto& row : rows) {
    libscols_line* line = scols_table_new_line(table.get(), nullptr);
    CADRE_ASSERT(line != nullptr);
    for (std::size_t i = 0; i < row.size(); ++i) CADRE_ASSERT(scols_line_set_data(line, i, row[i].c_str()) == 0);
  }
  return table;
}

}  // namespace

void Table::print() const {
  if (isatty(STDOUT_FILENO) == 0) return ctl::print(text());
  const Scols table = build(columns_, rows_);
  scols_print_table(table.get());
  std::fflush(stdout);
}

std::string Table::text() const {
  if (rows_.empty()) return "";
  const Scols table = build(columns_, rows_);
  scols_table_set_termforce(table.get(), SCOLS_TERMFORCE_NEVER);
  char* raw = nullptr;
  CADRE_ASSERT(scols_print_table_to_string(table.get(), &raw) == 0);
  std::string text;  // without the blanks that fill up the last column, and with a line end after the last line too
  for (std::string_view left(raw == nullptr ? "" : raw); !left.empty();) {
    const auto end = std::min(left.find('\n'), left.size());
    const std::string_view line = left.substr(0, end);
    text += std::string(line.substr(0, line.find_last_not_of(' ') + 1)) + "\n";
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  std::free(raw);
  return text;
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Stop{Exit::no_output, fmt::format("standard output cannot be written: {}", std::strerror(errno))};
}

void print_json(const nlohmann::json& json) {
  print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void say(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
}

std::string quoted(std::string_view text, std::string_view mark, std::size_t lines_max) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return "";
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < lines_max && begin > 0; ++lines) {
    const auto end = text.rfind('\n', begin - 1);
    begin = end == std::string_view::npos ? 0 : end;
  }
  std::string_view last = text.substr(begin > 0 ? begin + 1 : 0);
  std::string out;
  while (true) {
    const auto end = last.find('\n');
    out += fmt::format("{}{}\n", mark, printable(last.substr(0, end)));
    if (end == std::string_view::npos) return out;
    last.remove_prefix(end + 1);
  }
}

std::string bytes_for_people(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string age_for_people(Duration age) {
  const auto seconds = std::max<std::int64_t>(0, age.count() / 1'000'000);
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 120 * 60) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

std::string cell(const nlohmann::json& json, const char* name) {
  const auto place = json.find(name);
  if (place == json.end() || place->is_null()) return "";
  return place->is_string() ? place->get<std::string>() : place->dump();
}

bool confirm(const std::string& question, bool yes) {
  if (yes) return true;
  if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0)
    throw Stop{Exit::usage, question + "\n  nobody can be asked here: give --yes"};
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "Y" || line == "yes";
}

}  // namespace cadre::ctl
