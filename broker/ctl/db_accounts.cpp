#include "broker/ctl/db_accounts.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <set>

#include "common/database/schema.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t password_length = 32;  // of 62 characters: 190 bits

std::string make_password() {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string password;
  while (password.size() < password_length)
    password += letters[randombytes_uniform(static_cast<std::uint32_t>(letters.size()))];
  return password;
}

// Never the password itself: statements may be logged.
std::string identified(Database& database, const Account& account) {
  if (account.password_file.empty()) return "IDENTIFIED VIA unix_socket";
  bool made = false;
  const auto hash = database.query("SELECT PASSWORD(?)", {password_of(account.password_file, made)});
  return fmt::format("IDENTIFIED VIA mysql_native_password USING '{}'", hash.text(0, 0));
}

// All that MariaDB knows about the account, as it would write it down itself; empty: there is none.
std::set<std::string> described(Database& database, const Account& account) {
  std::set<std::string> all;
  const auto known =
      database.query("SELECT 1 FROM mysql.user WHERE User = ? AND Host = ?", {account.user, account.host});
  if (known.empty()) return all;
  for (const auto* question : {"SHOW CREATE USER ", "SHOW GRANTS FOR "}) {
    const auto rows = database.query(question + name_of(account));
    for (std::size_t i = 0; i < rows.size(); ++i) all.insert(rows.text(i, 0));
  }
  return all;
}

}  // namespace

std::string name_of(const Account& account) { return fmt::format("'{}'@'{}'", account.user, account.host); }

std::string password_of(const std::filesystem::path& file, bool& made) {
  std::error_code error;
  made = !std::filesystem::exists(std::filesystem::symlink_status(file, error));
  if (!made) {
    auto password = os::read_secret(file);
    if (!password) throw Stop{Exit::config, password.error()};
    if (password->empty())
      throw Stop{Exit::config,
                 fmt::format("{}: is empty, a password was wanted; remove the file to have one made", file.string())};
    return *password;
  }
  const std::string password = make_password();
  if (auto written = os::write_secret(file, password); !written) throw Stop{Exit::no_output, "the password file " + written.error()};
  return password;
}

std::string limits_of(const Account& account) {
  return fmt::format("{} WITH MAX_USER_CONNECTIONS {}", account.tls ? " REQUIRE SSL" : " REQUIRE NONE", account.connections);
}

bool settle_account(Database& database, const Account& account) {
  const auto before = described(database, account);
  const std::string who = name_of(account), how = identified(database, account),
                    limits = limits_of(account);
  database.execute(fmt::format("CREATE USER IF NOT EXISTS {} {}{}", who, how, limits));
  database.execute(fmt::format("ALTER USER {} {}{}", who, how, limits));
  for (const auto& grant : db::grants(database.schema(), account.kind, who)) database.execute(grant);
  return described(database, account) != before;
}

}  // namespace cadre::ctl
