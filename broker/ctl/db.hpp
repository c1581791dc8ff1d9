// The database as its administrator sees it (`db init`), or the account that owns the schema (`db migrate`, `db compact`).
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/arguments.hpp"
#include "broker/ctl/context.hpp"
#include "common/database/link.hpp"

namespace cadre::ctl {

struct AdminOptions {
  std::string schema;                   // empty: the configuration's
  std::filesystem::path socket;         // empty: the configuration's socket, or its host and port
  std::string user;                     // empty: the system's user
  std::filesystem::path password_file;  // -: standard input, one line, once; empty: none (unix_socket authentication)
  bool as_owner = false;                // where no user is given: cadre_owner, if its password lies here
};

inline constexpr const char* owner_account = "cadre_owner";
// Where the password of an account of the cluster's lies, where nothing else is said: beside the broker's. Empty: the broker
// has none.
std::filesystem::path password_beside(const std::filesystem::path& brokers, const std::string& user);
// What `db init` wrote for it.
std::filesystem::path owner_password_file(const DatabaseConfig& config);

void declare(Arguments& args, AdminOptions& options);
void declare_administrator(Arguments& args, AdminOptions& options);  // the same without the schema

// How the administrator comes in at a socket: his account and password, no schema, statements that take what they take.
db::Settings administrators_settings(Context& context, const AdminOptions& options, const std::filesystem::path& socket);
// What cannot be connected to ends the command so: its exit code, and what to do.
[[noreturn]] void stop_for(const db::Trouble& trouble);

// The configuration's part; the defaults where there is no configuration and the options say all that is needed.
DatabaseConfig database_config(Context& context, const AdminOptions& options);

class Database {
 public:
  Database(Context& context, const AdminOptions& options);

  const std::string& schema() const { return schema_; }
  db::Link& link() { return *link_; }
  const db::Settings& settings() const { return settings_; }
  void use_schema();  // a new connection, with the schema selected

  // Trouble ends the command.
  std::uint64_t execute(std::string_view sql, const std::vector<db::Value>& parameters = {});
  db::Rows query(std::string_view sql, const std::vector<db::Value>& parameters = {});

  bool schema_exists();
  std::vector<std::string> tables();
  // The version in the cluster row; 0: there is none.
  std::uint64_t version();
  void refuse_newer(std::uint64_t version);

 private:
  void connect();
  void be_owner(const DatabaseConfig& config);

  db::Settings settings_;
  std::string schema_;
  std::optional<db::Link> link_;
};

std::uint64_t number(const db::Value& value);

}  // namespace cadre::ctl
