#include "broker/ctl/db.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "common/config/database_settings.hpp"
#include "common/database/schema.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

std::string system_user() {
  const passwd* entry = getpwuid(geteuid());
  return entry == nullptr ? "root" : entry->pw_name;
}

std::string admin_password(const std::filesystem::path& where) {
  if (where == "-") {
    std::string line;
    if (!std::getline(std::cin, line) || line.empty()) throw Stop{Exit::no_input, "--admin-password-file -: a line with the password was wanted on standard input"};
    return line;
  }
  auto password = os::read_secret(where);
  if (!password) throw Stop{Exit::config, "--admin-password-file: " + password.error()};
  return *password;
}

void be_administrator(Context& context, const AdminOptions& o, db::Settings& settings) {
  settings.user = o.user.empty() ? system_user() : o.user;
  settings.password_file.clear();  // the broker's, if any
  settings.connect_timeout = context.globals().patience;
  settings.statement_timeout = Duration{};  // DDL takes what it takes
  if (!o.password_file.empty()) settings.password = admin_password(o.password_file);
}

Exit exit_of(db::Kind kind) {
  switch (kind) {
    case db::Kind::away:
      return Exit::unreachable;
    case db::Kind::again:
      return Exit::again;
    case db::Kind::denied:
      return Exit::not_allowed;
    case db::Kind::full:
      return Exit::again;
    case db::Kind::missing:
      return Exit::config;
    case db::Kind::duplicate:
    case db::Kind::refused:
    case db::Kind::too_large:
    case db::Kind::wrong:
      return Exit::bad_data;
  }
  return Exit::bug;
}

}  // namespace

std::uint64_t number(const db::Value& value) {
  if (const auto* u = std::get_if<std::uint64_t>(&value)) return *u;
  if (const auto* i = std::get_if<std::int64_t>(&value)) return *i < 0 ? 0 : static_cast<std::uint64_t>(*i);
  return 0;
}

void declare(Arguments& args, AdminOptions& o) {
  args.add_option("--schema", o.schema, "the database; else the configuration's database.schema");
  declare_administrator(args, o);
}

void declare_administrator(Arguments& args, AdminOptions& o) {
  args.add_option("--admin-socket", o.socket, "MariaDB's socket; else the configuration's").type_name("PATH");
  args.add_option("--admin-user", o.user, "the administrator's account; else the user who runs this");
  args.add_option("--admin-password-file", o.password_file,
                  "its password, or - to read it from standard input; else none is needed (unix_socket authentication)")
      .type_name("FILE");
}

db::Settings administrators_settings(Context& context, const AdminOptions& o, const std::filesystem::path& socket) {
  db::Settings settings;
  settings.socket = socket.string();
  be_administrator(context, o, settings);
  return settings;
}

void stop_for(const db::Trouble& trouble) {
  std::string hint = "\n  is MariaDB running, and is this its address? --admin-socket PATH names another socket";
  if (trouble.kind == db::Kind::denied)
    hint = "\n  an account that may create databases and accounts is wanted: run this as root (sudo), or give --admin-user and --admin-password-file";
  throw Stop{exit_of(trouble.kind), trouble.message + hint};
}

DatabaseConfig database_config(Context& context, const AdminOptions& o) {
  std::error_code error;
  const bool enough = !o.socket.empty() && !o.schema.empty();
  if (enough && !std::filesystem::exists(context.globals().config, error)) return {};
  if (context.config().role != NodeRole::master)
    throw Stop{Exit::config, fmt::format("{}: this node is an extension; the database is set up on the master",
                                         context.globals().config.string())};
  return context.config().database;
}

Database::Database(Context& context, const AdminOptions& o) {
  const DatabaseConfig config = database_config(context, o);
  schema_ = o.schema.empty() ? config.schema : o.schema;
  if (!is_name(schema_))
    throw Stop{Exit::usage,
               fmt::format("'{}' cannot be a schema's name: 1 to 64 of A-Z a-z 0-9 . _ - were wanted", schema_)};
  if (o.socket.empty()) settings_ = database_settings(config);
  else settings_.socket = o.socket.string();
  settings_.schema.clear();  // it may not be there yet
  be_administrator(context, o, settings_);
  if (o.as_owner && o.user.empty()) be_owner(config);
  connect();
}

// The account is at the server's own machine only; who may not read its password comes as the user that he is.
void Database::be_owner(const DatabaseConfig& config) {
  const auto file = owner_password_file(config);
  const bool here = !settings_.socket.empty() || db::is_loopback(settings_.host);
  auto password = file.empty() || !here ? Result<std::string>(Error{""}) : os::read_secret(file);
  if (!password) return;
  settings_.user = owner_account;
  settings_.password = *password;
}

std::filesystem::path password_beside(const std::filesystem::path& brokers, const std::string& user) {
  return brokers.empty() ? std::filesystem::path{} : brokers.parent_path() / (user + ".password");
}

std::filesystem::path owner_password_file(const DatabaseConfig& config) { return password_beside(config.password_file, owner_account); }

void Database::connect() {
  auto link = db::Link::connect(settings_);
  if (auto* trouble = std::get_if<db::Trouble>(&link)) stop_for(*trouble);
  link_.emplace(std::move(std::get<db::Link>(link)));
}

void Database::use_schema() {
  settings_.schema = schema_;
  connect();
}

std::uint64_t Database::execute(std::string_view sql, const std::vector<db::Value>& parameters) {
  auto done = parameters.empty() ? link_->execute(sql) : link_->execute(sql, parameters);
  if (const auto* trouble = std::get_if<db::Trouble>(&done)) throw Stop{exit_of(trouble->kind), trouble->message};
  return std::get<std::uint64_t>(done);
}

db::Rows Database::query(std::string_view sql, const std::vector<db::Value>& parameters) {
  auto rows = link_->query(sql, parameters);
  if (const auto* trouble = std::get_if<db::Trouble>(&rows)) throw Stop{exit_of(trouble->kind), trouble->message};
  return std::move(std::get<db::Rows>(rows));
}

bool Database::schema_exists() {
  return !query("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", {schema_}).empty();
}

std::vector<std::string> Database::tables() {
  const auto rows =
      query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME", {schema_});
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
  return names;
}

std::uint64_t Database::version() {
  const auto all = tables();
  if (std::find(all.begin(), all.end(), "cluster") == all.end()) return 0;
  const auto columns = query(
      "SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'cluster' AND COLUMN_NAME = "
      "'schema_version'",
      {schema_});
  if (columns.empty()) return 0;
  const auto rows = query(fmt::format("SELECT schema_version FROM {}.cluster", db::quote_identifier(schema_)));
  return rows.empty() ? 0 : number(rows.row(0)[0]);
}

void Database::refuse_newer(std::uint64_t version) {
  if (version <= db::schema_version) return;
  throw Stop{Exit::config, fmt::format("schema '{}' is version {}, this program speaks {}: use the cadre of the "
                                       "release that made it; nothing was changed",
                                       schema_, version, db::schema_version)};
}

}  // namespace cadre::ctl
