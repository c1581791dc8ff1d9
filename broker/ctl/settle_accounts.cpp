#include "broker/ctl/settle_accounts.hpp"

#include <fmt/format.h>

#include <set>

namespace cadre::ctl {

namespace {

// As the server sees who comes from here; empty: it is on this machine.
std::string seen_from(Database& database) {
  const auto rows = database.query("SELECT SUBSTRING_INDEX(USER(), '@', -1)");
  return db::is_loopback(rows.text(0, 0)) ? "" : rows.text(0, 0);
}

// Accounts of ours from other machines: from before a move, or made by hand. They are not taken away, but said.
void tell_strangers(Database& database, const std::vector<Account>& accounts) {
  std::set<std::string> names, users;
  for (const Account& account : accounts) {
    names.insert(name_of(account));
    users.insert(account.user);
  }
  for (const auto& user : users) {
    const auto rows = database.query("SELECT Host FROM mysql.user WHERE User = ?", {user});
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (const auto name = name_of({"", user, rows.text(i, 0), false, {}, 0}); !names.contains(name))
        say(fmt::format("note: there is also {}, which this set-up does not need; to end it: DROP USER {}", name, name));
  }
}

}  // namespace

void make_passwords(const std::vector<Account>& accounts, Steps& steps) {
  std::set<std::filesystem::path> files;
  for (const Account& account : accounts) files.insert(account.password_file);
  for (const auto& file : files) {
    if (file.empty()) continue;
    bool made = false;
    password_of(file, made);
    if (made) steps.did(fmt::format("password file {} (0600; it must belong to the user who reads it)", file.string()));
  }
}

void settle_accounts(Database& database, AccountWishes wishes, Steps& steps) {
  if (wishes.from.empty() && !wishes.config.host.empty() && !db::is_loopback(wishes.config.host))
    if (const auto address = seen_from(database); !address.empty()) wishes.from.push_back(address);
  const auto wanted = wanted_accounts(wishes);
  for (const auto& note : wanted.notes) say(note);
  make_passwords(wanted.accounts, steps);
  for (const Account& account : wanted.accounts)
    steps.tell(settle_account(database, account),
               fmt::format("account {}@{} ({}{})", account.user, account.host, account.password_file.empty() ? "for the system's user of that name" : "password",
                           account.tls ? ", TLS" : ""));
  tell_strangers(database, wanted.accounts);
}

}  // namespace cadre::ctl
