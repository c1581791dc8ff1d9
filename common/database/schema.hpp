// The schema that this release speaks, compiled in, and the accounts that go with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cadre::db {

inline constexpr unsigned schema_version = 1;

// The statements of each version, in order.
std::vector<std::string> schema_statements(unsigned version);

// The tables in which facts about jobs are, which only the purge deletes from; and all tables, in order of name.
const std::vector<std::string>& job_tables();
const std::vector<std::string>& all_tables();

// What `user` may do on `schema`: account "app", "purge", "ro", "owner", or "legacy", which may do everything. Statements without
// the account's creation.
std::vector<std::string> grants(std::string_view schema, std::string_view account, std::string_view user_at_host);

// An identifier in backticks; the text must be a plain name ([A-Za-z0-9_$-], at most 64).
std::string quote_identifier(std::string_view name);

}  // namespace cadre::db
