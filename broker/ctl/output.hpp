// What people and scripts see. Standard output is data, standard error is messages.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"

namespace cadre::ctl {

// Characters beyond ASCII come out as they are, also where the locale is C. Once, at the start of main.
void set_locale();
bool speaks_utf8();

// A table by libsmartcols: columns as wide as needed; on a terminal the last column gives way.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells);  // one for each column
  bool empty() const { return rows_.empty(); }
  void print() const;        // to standard output
  std::string text() const;  // the same as it is where no terminal is

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

void print(std::string_view text);            // to standard output, as it is
void print_json(const nlohmann::json& json);  // indented, with a line end
void say(std::string_view text);              // one message to standard error, with a line end

// Text of an engine or of another person, fit for a terminal: control characters become \xNN, except line ends and
// tabs.
std::string printable(std::string_view text);
// Each line begins with `mark`; at most the last `lines_max` lines.
std::string quoted(std::string_view text, std::string_view mark, std::size_t lines_max);

std::string bytes_for_people(std::uint64_t bytes);  // "512 B", "1.5 KiB"
std::string age_for_people(Duration age);           // "12s", "3m", "5h", "4d"

// Fields of an answer as cells: a missing or null one is "".
std::string cell(const nlohmann::json& json, const char* name);

// Asks on the terminal; without one the answer must be on the command line (--yes).
bool confirm(const std::string& question, bool yes);

}  // namespace cadre::ctl
