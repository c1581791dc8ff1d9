#include "broker/ctl/db_accounts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "common/database/schema.hpp"
#include "common/net/keys.hpp"

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

std::string name_of(const Account& account) { return fmt::format("'{}'@'{}'", account.user, account.host); }

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

std::string password_of(const std::filesystem::path& file, bool& made) {
  std::error_code error;
  made = !std::filesystem::exists(std::filesystem::symlink_status(file, error));
  if (!made) {
    auto password = net::read_secret(file);
    if (!password) throw Stop{Exit::config, password.error()};
    if (password->empty())
      throw Stop{Exit::config,
                 fmt::format("{}: is empty, a password was wanted; remove the file to have one made", file.string())};
    return *password;
  }
  const std::string password = make_password(), line = password + "\n";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  const int trouble = errno;
  if (fd >= 0) ::close(fd);
  if (!written)
    throw Stop{Exit::no_output,
               fmt::format("{}: the password file cannot be written: {}", file.string(), std::strerror(trouble))};
  return password;
}

bool settle_account(Database& database, const Account& account) {
  const auto before = described(database, account);
  const std::string who = name_of(account), how = identified(database, account),
                    tls = account.tls ? " REQUIRE SSL" : " REQUIRE NONE";
  database.execute(fmt::format("CREATE USER IF NOT EXISTS {} {}{}", who, how, tls));
  database.execute(fmt::format("ALTER USER {} {}{}", who, how, tls));
  for (const auto& grant : db::grants(database.schema(), account.kind, who)) database.execute(grant);
  return described(database, account) != before;
}

}  // namespace cadre::ctl
