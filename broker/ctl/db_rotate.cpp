// cadre db rotate: new passwords for the accounts of the database, and a time in which the old ones count too: who is connected
// stays, who connects anew with what he knows gets in. --finish ends that time. Interrupted, it is run again.
//
// Broker and purge read their password files at each connect, so nothing on this machine need be started anew. Another machine
// has copies of them, which a person carries there: as long as one is seen to use an account, --finish asks.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/ctl/command.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/db_accounts.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/sessions_elsewhere.hpp"
#include "broker/ctl/steps.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  AdminOptions admin;
  fs::path app_password_file, purge_password_file;
  bool finish = false, elsewhere_too = false;
};

struct Secret {
  std::string user;
  fs::path file;
  fs::path next() const { return file.string() + ".next"; }  // the new password, until it counts
};

// Those whose passwords lie on this machine.
std::vector<Secret> secrets_of(const DatabaseConfig& config, const NodeConfig* node, const Options& o) {
  const fs::path app = o.app_password_file.empty() ? config.password_file : o.app_password_file;
  if (app.empty()) throw Stop{Exit::config, "database.password_file is not set: the broker comes without a password (unix_socket), and there is none to rotate"};
  const auto beside = [&app](const char* user) { return password_beside(app, user); };
  fs::path purge = o.purge_password_file;
  if (purge.empty() && node != nullptr) purge = node->purge.password_file;
  if (purge.empty()) purge = beside("cadre_purge");
  std::vector<Secret> all;
  for (const Secret& one : {Secret{config.user, app}, {"cadre_purge", purge}, {owner_account, beside(owner_account)}, {"cadre_ro", beside("cadre_ro")}}) {
    std::error_code error;
    if (fs::exists(one.file, error)) all.push_back(one);
  }
  return all;
}

std::vector<std::string> accounts_of(Database& database, const std::string& user) {
  const auto rows = database.query("SELECT Host FROM mysql.user WHERE User = ? ORDER BY Host", {user});
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(name_of({"", user, rows.text(i, 0), false, {}, 0}));
  if (names.empty()) throw Stop{Exit::config, fmt::format("the server knows no account '{}': `cadre db init` makes it", user)};
  return names;
}

bool takes_two(Database& database, const std::string& account) {
  return database.query("SHOW CREATE USER " + account).text(0, 0).find(" OR mysql_native_password USING ") != std::string::npos;
}

std::string secret_in(const fs::path& file) {
  auto secret = os::read_secret(file);
  if (!secret) throw Stop{Exit::config, secret.error()};
  return *secret;
}

// Never the password itself: statements may be logged.
std::string way_in(Database& database, const std::string& password) {
  return fmt::format("mysql_native_password USING '{}'", database.query("SELECT PASSWORD(?)", {password}).text(0, 0));
}

void take_the_place(const Secret& secret) {
  struct stat before {};
  const bool given = ::stat(secret.file.c_str(), &before) == 0 && (::geteuid() != 0 || ::lchown(secret.next().c_str(), before.st_uid, before.st_gid) == 0);
  if (!given || ::rename(secret.next().c_str(), secret.file.c_str()) != 0 || !sync_directory_of(secret.file))
    throw Stop{Exit::no_output, fmt::format("{}: the new password cannot be put in place: {}; until then both count, and the same command goes on", secret.file.string(), std::strerror(errno))};
}

void begin(Database& database, const Secret& secret, Steps& steps) {
  const auto accounts = accounts_of(database, secret.user);
  std::error_code error;
  const std::string what = fmt::format("password of {} in {}", secret.user, secret.file.string());
  const bool interrupted = fs::exists(secret.next(), error);
  if (!interrupted && takes_two(database, accounts.front())) return steps.found(what + ": rotated, the old one counts too");
  bool made = false;
  const std::string fresh = password_of(secret.next(), made);
  const std::string both = way_in(database, secret_in(secret.file)) + " OR " + way_in(database, fresh);
  for (const auto& account : accounts) database.execute(fmt::format("ALTER USER {} IDENTIFIED VIA {}", account, both));
  take_the_place(secret);
  steps.did(what);
}

void end(Database& database, const Secret& secret, Steps& steps) {
  std::error_code error;
  if (fs::exists(secret.next(), error))
    throw Stop{Exit::config, fmt::format("{} is there: the rotation was interrupted. Run `cadre db rotate` again, then --finish; nothing was changed for {}", secret.next().string(), secret.user)};
  bool changed = false;
  for (const auto& account : accounts_of(database, secret.user)) {
    if (!takes_two(database, account)) continue;
    database.execute(fmt::format("ALTER USER {} IDENTIFIED VIA {}", account, way_in(database, secret_in(secret.file))));
    changed = true;
  }
  steps.tell(changed, fmt::format("{} comes with the password in {} alone", secret.user, secret.file.string()));
}

void refuse_old_ones_elsewhere(Database& database, const std::vector<Secret>& secrets) {
  std::vector<std::string> users;
  for (const auto& secret : secrets)
    if (takes_two(database, accounts_of(database, secret.user).front())) users.push_back(secret.user);
  const auto found = sessions_elsewhere(database, users);
  if (found.empty()) return;
  throw Stop{Exit::not_so, fmt::format("other machines use these accounts, perhaps with the old password:\n  {}\n"
                                       "  carry the new password files there first (nothing need be started anew), then: cadre db rotate --finish --elsewhere-too\n"
                                       "  nothing was changed", fmt::join(found, "\n  "))};
}

std::string what_next(const std::vector<std::string>& files) {
  return fmt::format("old and new passwords count. Broker and purge read their files when they connect: nothing need be started anew.\n"
                     "  where other machines have copies of these files, or people know the old passwords, give them the new ones:\n    {}\n"
                     "  then: cadre db rotate --finish", fmt::join(files, "\n    "));
}

Exit run(Context& context, const Options& o) {
  std::error_code error;
  const NodeConfig* node = fs::exists(context.globals().config, error) ? &context.config() : nullptr;
  const DatabaseConfig config = database_config(context, o.admin);
  if (config.accounts == Accounts::legacy)
    throw Stop{Exit::config, "database.accounts is legacy: that account's password is the grant's. `cadre db legacy-revoke` takes it back, `cadre db legacy-grant` makes another"};
  const auto secrets = secrets_of(config, node, o);
  Database database(context, o.admin);
  if (o.finish && !o.elsewhere_too) refuse_old_ones_elsewhere(database, secrets);
  Steps steps;
  for (const auto& secret : secrets) o.finish ? end(database, secret, steps) : begin(database, secret, steps);
  std::vector<std::string> files;
  for (const auto& secret : secrets) files.push_back(secret.file.string());
  if (!o.finish && !steps.changed.empty()) say(what_next(files));
  if (steps.changed.empty()) say("nothing changed");
  if (context.json()) print_json({{"finished", o.finish}, {"changed", steps.changed}, {"files", files}});
  return Exit::ok;
}

}  // namespace

Command commands::db_rotate() {
  return {"db rotate", "New passwords for the database's accounts; the old ones count too, until --finish", "sudo cadre db rotate", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            declare(args, o->admin);
            args.add_option("--app-password-file", o->app_password_file, "the broker's; else database.password_file").type_name("FILE");
            args.add_option("--purge-password-file", o->purge_password_file, "of the account that purges; else as configured, or beside the broker's").type_name("FILE");
            const auto finish = args.add_flag("--finish", o->finish, "the old ones count no more");
            args.add_flag("--elsewhere-too", o->elsewhere_too, "also while other machines use the accounts: they have the new ones").needs(finish);
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
