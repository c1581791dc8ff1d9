#include "common/database/schema.hpp"

#include <fmt/format.h>

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

// No DELETE on the job tables for the application: only the database host's own account purges (guarantees.md G11).
std::vector<std::string> grants(std::string_view schema, std::string_view account, std::string_view user) {
  std::vector<std::string> statements;
  const auto grant = [&](std::string_view what, std::string_view table) {
    statements.push_back(fmt::format("GRANT {} ON {}.{} TO {}", what, quote_identifier(schema), quote_identifier(table), user));
  };
  const auto job_tables = {"job", "attempt", "attempt_end", "outcome", "outcome_rare", "retried", "batch_range", "queue_block", "blob_owner", "blob_chunk"};
  const auto other_tables = {"submit_key", "checkpoint", "node", "node_key"};
  for (const char* table : job_tables) {
    if (account == "app") grant("SELECT, INSERT", table);
    if (account == "purge") grant("SELECT, DELETE", table);
    if (account == "ro") grant("SELECT", table);
  }
  for (const char* table : other_tables) {
    if (account == "app") grant("SELECT, INSERT, UPDATE, DELETE", table);
    if (account == "purge") grant("SELECT, DELETE", table);
    if (account == "ro" && std::string_view(table) != "node_key") grant("SELECT", table);
  }
  for (const char* table : {"lease", "cluster"}) {
    if (account == "app") grant("SELECT, INSERT, UPDATE", table);
    if (account == "purge") grant("SELECT, UPDATE", table);
    if (account == "ro") grant("SELECT", table);
  }
  return statements;
}

}  // namespace cadre::db
