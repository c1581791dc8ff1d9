// A connection to MariaDB that closes itself: prepared statements, bulk arrays, and errors sorted into what they mean.
// One owner thread per Link. Nothing throws. Never reconnects by itself: after `away` make a new one (libraries.md 3.12).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace cadre::db {

bool is_loopback(const std::string& host);  // an address that never leaves this machine, or "localhost"; no other name

struct Settings {
  std::string socket;              // unix socket; empty: TCP to host and port
  std::string host;
  std::uint16_t port = 3306;
  std::string schema;              // may be empty: no schema selected
  std::string user;
  std::string password;
  std::filesystem::path password_file; // not empty: read at each connect(), in place of `password`; so it may be rotated
  std::string tls_ca_file;         // TCP beyond loopback needs it: without, connect() refuses (libraries.md 3.20)
  Duration connect_timeout = 5s;
  Duration io_timeout = 30s;       // one answer; above statement_timeout
  Duration statement_timeout = 5s; // max_statement_time; 0: none (migrations)
  bool begin_implicitly = false;   // autocommit off: transaction() costs a round trip less, a statement on its own one more
};

enum class Kind : std::uint8_t {
  away,       // cannot be reached, gone, timed out, shutting down, read-only, too many connections: what was asked for may or may not have
              // happened; make a new link and repeat the whole transaction
  again,      // deadlock, lock wait, snapshot conflict: nothing happened (the caller rolls back); repeat the whole transaction
  duplicate,  // 1062
  refused,    // 1644: a trigger said no
  denied,     // 1044 1045 1142 1143 1227 ...: privilege, password
  missing,    // 1049 1146 1054: no such schema, table or column
  too_large,  // packet over max_allowed_packet (also where the client says 2006 for it)
  full,       // 1114 1021: the disk is full
  wrong,      // anything else: our SQL or our data
};

struct Trouble {
  Kind kind = Kind::wrong;
  unsigned code = 0;               // MariaDB's error number
  std::string message;             // as MariaDB says it, with the statement's first words before it
};

template <class T>
using Outcome = std::variant<T, Trouble>;

// Null where it went well.
template <class T>
const Trouble* trouble_of(const Outcome<T>& outcome) {
  return std::get_if<Trouble>(&outcome);
}

// A value of one row.
using Null = std::monostate;
using Value = std::variant<Null, std::uint64_t, std::int64_t, std::string>;

// One column of a bulk statement, all rows of it. Views must outlive the call.
struct Column {
  enum class Type : std::uint8_t { u64, i64, bytes };
  Type type = Type::u64;
  std::vector<std::uint64_t> u64;
  std::vector<std::int64_t> i64;
  std::vector<std::string_view> bytes;
  std::vector<bool> null;          // empty: no value is null; else one per row
};

// The result of a query, kept whole. Column types as the server sent them: integers unsigned or signed, else bytes.
class Rows {
 public:
  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  const std::vector<Value>& row(std::size_t i) const { return rows_[i]; }
  bool is_null(std::size_t row, std::size_t column) const;
  std::uint64_t u64(std::size_t row, std::size_t column) const;   // 0 for null; asserts the type
  std::int64_t i64(std::size_t row, std::size_t column) const;
  const std::string& text(std::size_t row, std::size_t column) const;  // "" for null

 private:
  friend class Link;
  std::vector<std::vector<Value>> rows_;
};

class Link {
 public:
  // Connected, with our session settings (README of facts: libraries.md 3.18, guarantees.md R2): time zone UTC, READ COMMITTED,
  // strict sql_mode, utf8mb4, innodb_lock_wait_timeout 2, idle_transaction_timeout 2, max_statement_time,
  // autocommit on unless begin_implicitly,
  // CLIENT_FOUND_ROWS, no reconnect, no LOCAL INFILE, no multi statements, close-on-exec socket.
  static Outcome<Link> connect(const Settings& settings);
  Link(Link&&) noexcept;
  Link& operator=(Link&&) noexcept;
  ~Link();

  // Text protocol, no parameters: DDL, BEGIN, COMMIT, SET. Affected rows (found rows for UPDATE).
  Outcome<std::uint64_t> execute(std::string_view sql);
  // Prepared (and kept prepared by its text, at most 64), with one value per `?`.
  Outcome<std::uint64_t> execute(std::string_view sql, const std::vector<Value>& parameters);
  Outcome<Rows> query(std::string_view sql, const std::vector<Value>& parameters = {});
  // One execution with array binding; `rows` of 0 does nothing. Columns in the order of the `?`.
  Outcome<std::uint64_t> bulk(std::string_view sql, const std::vector<Column>& columns, std::size_t rows);
  // Runs `body` between BEGIN and COMMIT; ROLLBACK on any trouble. A trouble of COMMIT itself is `away`: unknown.
  Outcome<Done> transaction(const std::function<Outcome<Done>()>& body);

  std::uint64_t connection_id() const;
  std::uint64_t packet_max() const;  // bytes of one statement: max_allowed_packet of this connection
  int socket() const;              // for SO_PEERCRED
  bool encrypted() const;

 private:
  struct Parts;
  explicit Link(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Once per process, before the first thread that uses a Link.
void library_init();

// Several statements of a schema file, separated by lines that hold only `--;;` (trigger bodies contain semicolons).
std::vector<std::string> split_statements(std::string_view sql);

}  // namespace cadre::db
