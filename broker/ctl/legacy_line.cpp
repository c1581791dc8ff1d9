#include "broker/ctl/legacy_line.hpp"

#include <fmt/format.h>

#include <vector>

#include "common/config/node.hpp"

namespace cadre::ctl {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end == std::string::npos ? std::string::npos : end - at + 1));
    at += lines.back().size();
  }
  return lines;
}

std::size_t indent_of(const std::string& line) { return line.find_first_not_of(' '); }
bool says(const std::string& line, const std::string& key) {
  const auto at = indent_of(line);
  return at != std::string::npos && line.compare(at, key.size() + 1, key + ":") == 0;
}
bool is_text(const std::string& line) {
  const auto at = line.find_first_not_of(" \t\r\n");
  return at != std::string::npos && line[at] != '#';
}

// Drops the old line; where it is wanted, puts one behind "database:", as deep as the next line is.
std::string edited(const std::string& text, bool legacy) {
  std::string out;
  bool inside = false, put = !legacy;
  std::size_t depth = 2;
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (is_text(line) && indent_of(line) == 0) inside = says(line, "database");
    if (inside && says(line, "accounts")) continue;
    out += line;
    if (put || !inside || !says(line, "database") || indent_of(line) != 0) continue;
    for (std::size_t next = i + 1; next < lines.size(); ++next)
      if (is_text(lines[next])) {
        if (indent_of(lines[next]) > 0) depth = indent_of(lines[next]);
        break;
      }
    if (!out.ends_with('\n')) out += '\n';
    out += std::string(depth, ' ') + "accounts: legacy\n";
    put = true;
  }
  if (!put) out += std::string(out.empty() || out.ends_with('\n') ? "" : "\n") + "database:\n  accounts: legacy\n";
  return out;
}

bool same_otherwise(const NodeConfig& a, NodeConfig b) {
  b.database.accounts = a.database.accounts;
  return a.name == b.name && a.broker == b.broker && a.database == b.database && a.worker == b.worker;
}

}  // namespace

Result<std::string> with_accounts(const std::string& text, const std::filesystem::path& file, bool legacy) {
  std::vector<yaml::Fault> before_faults, after_faults;
  const auto before = parse_node(text, file, before_faults);
  if (!before_faults.empty()) return Error{fault_report(before_faults, file)};
  const Accounts wanted = legacy ? Accounts::legacy : Accounts::apart;
  if (before.database.accounts == wanted) return text;
  const std::string made = edited(text, legacy);
  const auto after = parse_node(made, file, after_faults);
  if (after_faults.empty() && after.database.accounts == wanted && same_otherwise(before, after)) return made;
  return Error{fmt::format("{}: the section database is not written line by line, so it was left alone; write there yourself: accounts: {}", file.string(), legacy ? "legacy" : "apart")};
}

}  // namespace cadre::ctl
