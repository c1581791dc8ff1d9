#include "broker/ctl/db_statements.hpp"

#include <fmt/format.h>

#include "common/database/schema.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace cadre::ctl {

namespace {

// In single quotes. Passwords that we make have letters and digits only; one that somebody chose may have anything.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return out + "'";
}

std::string authentication(const Account& account) {
  if (account.password_file.empty()) return "IDENTIFIED VIA unix_socket";
  bool made = false;
  return "IDENTIFIED BY " + quoted(password_of(account.password_file, made));
}

}  // namespace

std::string administrators_statements(const std::string& schema, const std::vector<Account>& accounts, const std::vector<KeyAdmission>& keys) {
  const auto now = os::wall_now().time_since_epoch().count();
  // Triggers have semicolons in them.
  std::string text = fmt::format("-- Cadre {}: schema, accounts and keys. Run it once, as an account that may create databases and accounts.\nDELIMITER ;;\n", CADRE_VERSION);
  const auto add = [&](const std::string& statement) { text += statement + "\n;;\n"; };
  add(fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", db::quote_identifier(schema)));
  add("USE " + db::quote_identifier(schema));
  for (const auto& statement : db::schema_statements(db::schema_version)) add(statement);
  for (const Account& account : accounts) {
    const std::string who = name_of(account), how = authentication(account), limits = limits_of(account);
    add(fmt::format("CREATE USER IF NOT EXISTS {} {}{}", who, how, limits));
    add(fmt::format("ALTER USER {} {}{}", who, how, limits));
    for (const auto& grant : db::grants(schema, account.kind, who)) add(grant);
  }
  for (const auto& key : keys)
    add(fmt::format("INSERT INTO node_key (public_key, name, role, revoked, by_whom, wall) VALUES ({}, '{}', {}, 0, 'db init', {})", quoted(key.public_key),
                    key.name, static_cast<int>(key.role), now));
  // Last: without it nothing works with these tables.
  add(fmt::format("INSERT INTO cluster (only_row, id, schema_version, made) VALUES (1, '{}', {}, UTC_TIMESTAMP(6))",
                  os::random_key(static_cast<std::uint64_t>(now / 1000)), db::schema_version));
  text += "DELIMITER ;";
  return text;
}

}  // namespace cadre::ctl
