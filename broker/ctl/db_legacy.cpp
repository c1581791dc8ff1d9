// cadre db legacy-grant, legacy-revoke: the way that the manuals of other products document, for sites that must follow it -
// an account with all rights on the schema, from a range of addresses - with a password of its own, a bound on what it
// covers, a warning, and a way back.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/db_accounts.hpp"
#include "broker/ctl/legacy_line.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/steps.hpp"
#include "broker/ctl/values.hpp"
#include "common/database/grant_hosts.hpp"
#include "common/database/schema.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  AdminOptions admin;
  std::string user = "root";
  std::vector<std::string> from;
  std::filesystem::path password_file;
};

// 'root'@'localhost' is the administrator himself, and nobody's legacy.
Account account_of(const Options& o, const db::GrantHosts& hosts, const std::filesystem::path& password_file) {
  if (!is_name(o.user)) throw Stop{Exit::usage, fmt::format("--user: '{}' cannot be made an account: 1 to 64 of A-Z a-z 0-9 . _ - were wanted", o.user)};
  if (db::is_loopback(hosts.host))
    throw Stop{Exit::usage, fmt::format("--from {}: that is this machine itself, where '{}' may be the server's administrator; other machines are wanted", hosts.host, o.user)};
  return {"legacy", o.user, hosts.host, false, password_file, 0};
}

std::vector<Account> accounts_of(const Options& o, const std::filesystem::path& password_file, bool tell) {
  if (o.from.empty()) throw Stop{Exit::usage, "--from: which machines? 192.168.0.0/16, 192.168.0.0/255.255.0.0, or one address"};
  std::vector<Account> accounts;
  for (const auto& text : o.from) {
    const auto hosts = db::grant_hosts(text);
    if (!hosts) throw Stop{Exit::usage, fmt::format("--from {}: {}", text, hosts.error())};
    accounts.push_back(account_of(o, *hosts, password_file));
    if (!tell) continue;
    say(fmt::format("{} covers {}{}{}", name_of(accounts.back()), hosts->first, hosts->count > 1 ? " to " + hosts->last : "",
                    hosts->count > 1 ? fmt::format(": {} addresses", hosts->count) : ""));
    for (const auto& warning : hosts->warnings) say("warning: " + warning);
  }
  return accounts;
}

bool exists(Database& database, const Account& account) {
  return !database.query("SELECT 1 FROM mysql.user WHERE User = ? AND Host = ?", {account.user, account.host}).empty();
}

// The password of an account that others use already is not changed by the way.
void refuse_strangers(Database& database, const std::vector<Account>& accounts) {
  std::error_code error;
  for (const auto& account : accounts)
    if (exists(database, account) && !std::filesystem::exists(account.password_file, error))
      throw Stop{Exit::not_so, fmt::format("{} is there already, and its password would be changed: put the one that it has into {} (0600), or remove it: DROP USER {}", name_of(account),
                                           account.password_file.string(), name_of(account))};
}

void settle_line(Context& context, bool legacy, Steps& steps) {
  const auto& file = context.globals().config;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return say(fmt::format("note: there is no {}; where the broker's account is this one, it needs database.accounts: legacy", file.string()));
  const auto text = text_of(file);
  const auto changed = with_accounts(text, file, legacy);
  if (!changed) throw Stop{Exit::config, changed.error()};
  if (*changed == text) return steps.found(fmt::format("database.accounts in {}", file.string()));
  const auto backup = rewrite(file, *changed);
  steps.did(fmt::format("database.accounts: {} in {} (as it was: {})", legacy ? "legacy" : "apart", file.string(), backup.string()));
}

void report(Context& context, const Database& database, const std::vector<Account>& accounts, const Steps& steps) {
  if (!context.json()) return;
  Json names = Json::array();
  for (const auto& account : accounts) names.push_back(name_of(account));
  print_json({{"schema", database.schema()}, {"accounts", names}, {"changed", steps.changed}});
}

Exit run_grant(Context& context, const Options& o) {
  const auto config = database_config(context, o.admin);
  auto file = o.password_file;
  if (file.empty() && !config.password_file.empty()) file = config.password_file.parent_path() / fmt::format("legacy_{}.password", o.user);
  if (file.empty()) throw Stop{Exit::usage, "--password-file FILE: where the account's password is, or is to be (made if missing)"};
  say("warning: this is the documented way, and not a good one: one account with all rights, also to delete jobs, from many machines.\n"
      "  Cadre needs none of it: extensions ask the broker and never connect to the database. `cadre db legacy-revoke` takes it back.");
  const auto accounts = accounts_of(o, file, true);
  Database database(context, o.admin);
  if (!database.schema_exists()) throw Stop{Exit::config, fmt::format("there is no schema '{}': `cadre db init` makes it", database.schema())};
  refuse_strangers(database, accounts);
  Steps steps;
  bool made = false;
  password_of(file, made);
  if (made) steps.did(fmt::format("password file {} (0600)", file.string()));
  for (const auto& account : accounts) steps.tell(settle_account(database, account), "account " + name_of(account));
  settle_line(context, true, steps);
  report(context, database, accounts, steps);
  return Exit::ok;
}

Exit run_revoke(Context& context, const Options& o) {
  const auto accounts = accounts_of(o, {}, false);
  Database database(context, o.admin);
  Steps steps;
  for (const auto& account : accounts) {
    if (!exists(database, account)) {
      steps.found("no account " + name_of(account));
      continue;
    }
    const auto grants = database.query("SHOW GRANTS FOR " + name_of(account));
    for (std::size_t i = 0; i < grants.size(); ++i)
      if (const auto& grant = grants.text(i, 0); grant.find(" ON *.*") != std::string::npos && !grant.starts_with("GRANT USAGE ON"))
        throw Stop{Exit::not_allowed, fmt::format("{} has rights on everything, which legacy-grant never gives: it is somebody else's, and was left alone", name_of(account))};
    database.execute("DROP USER " + name_of(account));
    steps.did("removed account " + name_of(account));
  }
  settle_line(context, false, steps);
  report(context, database, accounts, steps);
  return Exit::ok;
}

std::shared_ptr<Options> declare_legacy(Arguments& args) {
  auto o = std::make_shared<Options>();
  declare(args, o->admin);
  args.add_repeated("--from", o->from, "which machines: 192.168.0.0/16, 192.168.0.0/255.255.0.0, 10.1.0.5; may be repeated").type_name("HOSTS");
  args.add_option("--user", o->user, "the account's name").show_default();
  return o;
}

}  // namespace

Command commands::db_legacy_grant() {
  return {"db legacy-grant", "All rights on the schema from a range of machines, as other manuals have it; better not",
          "sudo cadre db legacy-grant --from 192.168.0.0/16", [](Arguments& args) -> Run {
            auto o = declare_legacy(args);
            args.add_option("--password-file", o->password_file, "its password, made if missing; else legacy_USER.password beside the broker's").type_name("FILE");
            return [o](Context& context) { return run_grant(context, *o); };
          }};
}

Command commands::db_legacy_revoke() {
  return {"db legacy-revoke", "Take back what legacy-grant gave", "sudo cadre db legacy-revoke --from 192.168.0.0/16", [](Arguments& args) -> Run {
            auto o = declare_legacy(args);
            return [o](Context& context) { return run_revoke(context, *o); };
          }};
}

}  // namespace cadre::ctl
