#include "common/database/schema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/database/link.hpp"
#include "common/database/schema_text.hpp"

namespace cadre::db {

std::vector<std::string> schema_statements(unsigned version) {
  CADRE_ASSERT(version == 1);
  return split_statements(schema_0001);
}

std::string quote_identifier(std::string_view name) {
  CADRE_ASSERT(!name.empty() && name.size() <= 64);
  for (const char c : name) CADRE_ASSERT(c != '`' && c != '\0');
  return fmt::format("`{}`", name);
}

const std::vector<std::string>& job_tables() {
  static const std::vector<std::string> tables{"attempt",    "attempt_end", "batch_range", "blob_chunk",  "blob_owner",
                                               "job",        "outcome",     "outcome_rare", "queue_block", "retried"};
  return tables;
}

namespace {

// What each account may do beyond reading the job tables. No DELETE on those for the application: only the database
// host's own account purges (guarantees.md G11).
struct TableRights {
  std::string table, app, purge, ro;
};

const std::vector<TableRights>& other_tables() {
  static const std::string level = "SELECT, INSERT, UPDATE, DELETE";
  static const std::vector<TableRights> tables{
      {"checkpoint", level, "SELECT", "SELECT"},
      {"cleanup_claim", level, level, "SELECT"},
      {"cleanup_load", level, "SELECT", "SELECT"},
      {"cleanup_policy", level, "SELECT", "SELECT"},
      {"cleanup_run", level, level, "SELECT"},
      {"cluster", "SELECT, INSERT, UPDATE", "SELECT", "SELECT"},
      {"kept", level, "SELECT, DELETE", "SELECT"},
      {"lease", "SELECT, INSERT, UPDATE", "SELECT, UPDATE", "SELECT"},
      {"missing", "SELECT, INSERT, UPDATE", "SELECT", "SELECT"},
      {"node", level, "SELECT", "SELECT"},
      {"node_key", level, "", ""},
      {"restored", "SELECT", "SELECT", "SELECT"},
      {"submit_key", level, "SELECT, DELETE", "SELECT"},
  };
  return tables;
}

}  // namespace

const std::vector<std::string>& all_tables() {
  static const std::vector<std::string> tables = [] {
    std::vector<std::string> all = job_tables();
    for (const auto& other : other_tables()) all.push_back(other.table);
    std::sort(all.begin(), all.end());
    return all;
  }();
  return tables;
}

namespace {

// Schema changes of every kind, and no word about accounts. It can drop what it cannot delete: nobody is it who does not change
// the schema.
constexpr std::string_view owner_rights = "SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER, LOCK TABLES";

// As the name of a database in GRANT, where _ and % stand for other characters.
std::string pattern_of(std::string_view schema) {
  std::string pattern;
  for (const char c : quote_identifier(schema)) pattern += c == '_' || c == '%' ? std::string{'\\', c} : std::string{c};
  return pattern;
}

}  // namespace

std::vector<std::string> grants(std::string_view schema, std::string_view account, std::string_view user) {
  CADRE_ASSERT(account == "app" || account == "purge" || account == "ro" || account == "owner" || account == "legacy");
  if (account == "legacy") return {fmt::format("GRANT ALL PRIVILEGES ON {}.* TO {}", pattern_of(schema), user)};
  if (account == "owner") return {fmt::format("GRANT {} ON {}.* TO {}", owner_rights, pattern_of(schema), user)};
  std::vector<std::string> statements;
  const auto grant = [&](std::string_view what, std::string_view table) {
    if (what.empty()) return;
    statements.push_back(fmt::format("GRANT {} ON {}.{} TO {}", what, quote_identifier(schema), quote_identifier(table), user));
  };
  for (const auto& table : job_tables()) grant(account == "app" ? "SELECT, INSERT" : account == "purge" ? "SELECT, DELETE" : "SELECT", table);
  for (const auto& [table, app, purge, ro] : other_tables()) grant(account == "app" ? app : account == "purge" ? purge : ro, table);
  return statements;
}

}  // namespace cadre::db
