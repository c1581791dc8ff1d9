#include "common/database/objections.hpp"

#include <charconv>

#include <fmt/format.h>

#include "common/database/schema.hpp"

namespace cadre::db {

namespace {

using Objections = std::vector<std::string>;

constexpr std::pair<unsigned, unsigned> oldest{10, 11};  // what Cadre is tried with

// "10.11.6-MariaDB-0+deb12u1": 10, 11.
std::pair<unsigned, unsigned> version_of(const std::string& text) {
  unsigned major = 0, minor = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major);
  if (first.ptr != end && *first.ptr == '.') std::from_chars(first.ptr + 1, end, minor);
  return {major, minor};
}

std::uint64_t number(const Value& value) {
  if (const auto* u = std::get_if<std::uint64_t>(&value)) return *u;
  if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<std::uint64_t>(*i);
  const auto* text = std::get_if<std::string>(&value);
  return static_cast<std::uint64_t>(text != nullptr && (*text == "ON" || *text == "1") ? 1 : 0);
}

void server_settings(const Rows& v, const Demands& demands, Objections& found) {
  const auto flush = number(v.row(0)[0]), sync = number(v.row(0)[3]), packet = number(v.row(0)[4]);
  if (flush != 1)
    found.push_back(fmt::format("innodb_flush_log_at_trx_commit is {}: an accepted job could be lost with the power; "
                                "SET GLOBAL innodb_flush_log_at_trx_commit=1, and the same in the option file", flush));
  if (number(v.row(0)[1]) == 0) found.push_back("innodb_doublewrite is off: a torn page could lose accepted jobs; remove skip-innodb-doublewrite");
  if (number(v.row(0)[2]) != 0 && sync != 1)
    found.push_back(fmt::format("the binary log is on and sync_binlog is {}; SET GLOBAL sync_binlog=1, and the same in the option file", sync));
  if (packet < 2 * demands.payload_max)
    found.push_back(fmt::format("max_allowed_packet is {}, and must be at least twice the payload limit of {}; "
                                "SET GLOBAL max_allowed_packet={}, or a smaller policy.payload_max", packet, demands.payload_max, 2 * demands.payload_max));
  const std::string& version = v.text(0, 5);
  if (version.find("MariaDB") == std::string::npos || version_of(version) < oldest)
    found.push_back(fmt::format("the server is {}{}: Cadre needs MariaDB {}.{} or later", version.find("MariaDB") == std::string::npos ? "MySQL " : "", version,
                                oldest.first, oldest.second));
}

void check_schema(const Rows& cluster, Objections& found) {
  if (cluster.empty()) return found.push_back("the schema has no cluster row; `cadre db init` makes it");
  const auto version = cluster.u64(0, 0);
  if (version == schema_version) return;
  found.push_back(fmt::format("the schema has version {}, this release speaks {}; {}", version, schema_version,
                              version < schema_version ? "`cadre db migrate` brings it up" : "install a newer release of Cadre"));
}

}  // namespace

Outcome<Objections> objections(Link& link, const Settings& settings, const Demands& demands) {
  Objections found;
  auto variables = link.query(
      "SELECT @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite, @@log_bin, @@sync_binlog, @@max_allowed_packet, @@version");
  if (const auto* trouble = trouble_of(variables)) return *trouble;
  server_settings(std::get<Rows>(variables), demands, found);
  auto galera = link.query("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'");
  if (const auto* trouble = trouble_of(galera)) return *trouble;
  if (const auto& rows = std::get<Rows>(galera); !rows.empty() && rows.text(0, 1) == "ON")
    found.push_back("wsrep_on is ON: a Galera cluster can lose committed transactions; Cadre needs one primary server");
  auto cluster = link.query("SELECT schema_version FROM cluster");
  if (const auto* trouble = trouble_of(cluster)) {
    if (trouble->kind != Kind::missing) return *trouble;
    found.push_back(fmt::format("the schema '{}' has no Cadre tables; `cadre db init` makes them", settings.schema));
    return found;
  }
  check_schema(std::get<Rows>(cluster), found);
  auto tables = link.query("SELECT table_name, engine FROM information_schema.tables WHERE table_schema=DATABASE() AND table_type='BASE TABLE' AND engine<>'InnoDB'");
  if (const auto* trouble = trouble_of(tables)) return *trouble;
  const auto& foreign = std::get<Rows>(tables);
  for (std::size_t i = 0; i < foreign.size(); ++i)
    found.push_back(fmt::format("table {0} is {1}, not InnoDB; ALTER TABLE {0} ENGINE=InnoDB", foreign.text(i, 0), foreign.text(i, 1)));
  auto deletes = may_delete_jobs(link);
  if (const auto* trouble = trouble_of(deletes)) return *trouble;
  if (demands.accounts_apart && std::get<bool>(deletes))
    found.push_back(fmt::format("the account {} may delete jobs; give the broker the account cadre_app that `cadre db init` makes, "
                                "or say database.accounts: legacy where it cannot be otherwise", settings.user));
  return found;
}

Outcome<bool> may_delete_jobs(Link& link) {
  auto tried = link.query("EXPLAIN DELETE FROM job WHERE id = 0");
  const auto* trouble = trouble_of(tried);
  if (trouble == nullptr) return true;
  if (trouble->kind == Kind::denied) return false;
  return *trouble;
}

}  // namespace cadre::db
