// How a Link begins: options, TLS, session settings; and what has nothing to do with a connection.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "common/base/assert.hpp"
#include "common/base/loopback.hpp"
#include "common/database/link_errors.hpp"
#include "common/database/link_parts.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::db {

bool is_loopback(const std::string& host) { return host == "localhost" || cadre::is_loopback(host).value_or(false); }

namespace {

std::string place_of(const Settings& settings) {
  if (!settings.socket.empty()) return "MariaDB at " + settings.socket;
  return fmt::format("MariaDB at {} port {}", settings.host, settings.port);
}

std::optional<Trouble> check(const Settings& settings) {
  constexpr std::size_t path_max = sizeof(sockaddr_un::sun_path) - 1;
  if (settings.socket.size() > path_max) {
    return Trouble{Kind::wrong, 2002,
                   fmt::format("database socket \"{}\" has {} bytes; the system allows {}", settings.socket,
                               settings.socket.size(), path_max)};
  }
  if (!settings.socket.empty()) return std::nullopt;
  if (settings.host.empty()) {
    return Trouble{Kind::wrong, 2002, "the database settings name neither a socket nor a host; give one of them"};
  }
  if (settings.tls_ca_file.empty() && !is_loopback(settings.host)) {
    return Trouble{Kind::denied, 2026,
                   fmt::format("{} is beyond this machine, and without TLS the password and all data would cross the "
                               "network in the open; set tls_ca_file to the certificate authority of the server, or "
                               "connect through the server's socket",
                               place_of(settings))};
  }
  return std::nullopt;
}

unsigned whole_seconds(Duration duration) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  return static_cast<unsigned>(std::clamp<long long>(seconds, 1, 24 * 3600));  // 0 would mean: for ever
}

// TLS is for TCP: what goes through a socket file does not leave the machine.
bool wants_tls(const Settings& settings) { return settings.socket.empty() && !settings.tls_ca_file.empty(); }

void set_options(MYSQL* mysql, const Settings& settings) {
  const my_bool on = 1;
  const my_bool off = 0;
  const unsigned no_infile = 0;
  const unsigned connect = whole_seconds(settings.connect_timeout);
  const unsigned io = whole_seconds(settings.io_timeout);
  const unsigned protocol = settings.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_options(mysql, MYSQL_OPT_RECONNECT, &off);
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &no_infile);
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &io);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &io);
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);  // else "localhost" would mean a socket file
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "cadre");
  if (!wants_tls(settings)) return;
  // Only VERIFY refuses a server without TLS (libraries.md 3.20).
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
  mysql_options(mysql, MYSQL_OPT_SSL_CA, settings.tls_ca_file.c_str());
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
}

// guarantees.md R2; tx_isolation is what 10.11 calls it.
std::string session_settings(const Settings& settings) {
  const double statement_seconds = std::chrono::duration<double>(settings.statement_timeout).count();
  return fmt::format(
      "SET SESSION time_zone='+00:00', tx_isolation='READ-COMMITTED', autocommit={},"
      " sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_CREATE_USER,ERROR_FOR_DIVISION_BY_ZERO,"
      "NO_ZERO_DATE,NO_ZERO_IN_DATE',"
      " innodb_lock_wait_timeout=2, idle_transaction_timeout=2, wait_timeout=60, max_statement_time={:.6f}",
      settings.begin_implicitly ? 0 : 1, statement_seconds);
}

Trouble connect_trouble(MYSQL* mysql, const Settings& settings) {
  const unsigned code = mysql_errno(mysql);
  const std::string_view message = mysql_error(mysql);
  Trouble trouble{kind_of(code, message), code,
                  fmt::format("{} as \"{}\": {} ({})", place_of(settings), settings.user, message, code)};
  if (code == 2026) {
    trouble.kind = Kind::denied;
    trouble.message += fmt::format("; the server must offer TLS with a certificate for \"{}\" signed by tls_ca_file {}",
                                   settings.host, settings.tls_ca_file);
  }
  return trouble;
}

Outcome<std::string> password_now(const Settings& settings) {
  if (settings.password_file.empty()) return settings.password;
  auto read = os::read_secret(settings.password_file);
  if (read) return std::move(*read);
  return Trouble{Kind::denied, 0,
                 fmt::format("{} as \"{}\": its password file {}", place_of(settings), settings.user, read.error())};
}

// True: we are in.
bool enter(MYSQL* mysql, const Settings& settings, std::string password) {
  const bool by_socket = !settings.socket.empty();
  const bool in =
      mysql_real_connect(mysql, by_socket ? nullptr : settings.host.c_str(), settings.user.c_str(), password.c_str(),
                         settings.schema.empty() ? nullptr : settings.schema.c_str(), by_socket ? 0 : settings.port,
                         by_socket ? settings.socket.c_str() : nullptr, CLIENT_FOUND_ROWS) != nullptr;
  os::forget(password);
  return in;
}

}  // namespace

Outcome<Link> Link::connect(const Settings& settings) {
  library_init();
  if (auto trouble = check(settings)) return *trouble;
  auto password = password_now(settings);
  if (auto* trouble = std::get_if<Trouble>(&password)) return std::move(*trouble);
  auto parts = std::make_unique<Parts>();
  MYSQL* mysql = parts->mysql = mysql_init(nullptr);
  CADRE_ASSERT(mysql != nullptr);
  set_options(mysql, settings);
  if (!enter(mysql, settings, std::get<std::string>(std::move(password)))) return connect_trouble(mysql, settings);
  const int socket = mysql_get_socket(mysql);
  CADRE_ASSERT(fcntl(socket, F_SETFD, fcntl(socket, F_GETFD) | FD_CLOEXEC) == 0);
  if (wants_tls(settings) && mysql_get_ssl_cipher(mysql) == nullptr) {
    return Trouble{Kind::denied, 2026, place_of(settings) + ": the connection came up without TLS; not used"};
  }

  if (auto set = parts->run_text(session_settings(settings)); std::holds_alternative<Trouble>(set)) {
    return std::get<Trouble>(std::move(set));
  }
  constexpr unsigned unknown_variable = 1193;  // servers before it was invented
  auto set = parts->run_text("SET SESSION innodb_snapshot_isolation=ON");
  if (auto* trouble = std::get_if<Trouble>(&set); trouble != nullptr && trouble->code != unknown_variable) {
    return std::move(*trouble);
  }
  parts->begin_implicitly = settings.begin_implicitly;
  Link link(std::move(parts));
  auto limit = link.query("SELECT @@max_allowed_packet");
  if (auto* trouble = std::get_if<Trouble>(&limit)) return std::move(*trouble);
  const Value& bytes = std::get<Rows>(limit).row(0)[0];
  if (const auto* value = std::get_if<std::uint64_t>(&bytes)) link.parts_->packet_max = *value;
  if (const auto* value = std::get_if<std::int64_t>(&bytes)) {
    link.parts_->packet_max = static_cast<std::uint64_t>(*value);
  }
  CADRE_ASSERT(link.parts_->packet_max > 0);
  return link;
}

void library_init() {
  static std::once_flag once;
  std::call_once(once, [] { CADRE_ASSERT(mysql_library_init(0, nullptr, nullptr) == 0); });
}

std::vector<std::string> split_statements(std::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  bool says_something = false;  // more than comments and empty lines
  const auto flush = [&] {
    if (says_something) statements.push_back(statement.substr(0, statement.find_last_not_of(" \t\r\n") + 1));
    statement.clear();
    says_something = false;
  };
  while (!sql.empty()) {
    const std::size_t end = std::min(sql.find('\n'), sql.size());
    std::string_view line = sql.substr(0, end);
    sql.remove_prefix(std::min(end + 1, sql.size()));
    const std::size_t first = line.find_first_not_of(" \t\r");
    const std::string_view inked =
        first == std::string_view::npos ? "" : line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
    if (inked == "--;;") {
      flush();
      continue;
    }
    says_something = says_something || (!inked.empty() && !inked.starts_with("--"));
    if (says_something) statement.append(line).append("\n");
  }
  flush();
  return statements;
}

}  // namespace cadre::db
