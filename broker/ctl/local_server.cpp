#include "broker/ctl/local_server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/ctl/output.hpp"
#include "broker/ctl/temporary_directory.hpp"
#include "common/config/database_settings.hpp"
#include "common/database/find_volumes.hpp"
#include "common/database/private_server_files.hpp"

namespace cadre::ctl {

namespace fs = std::filesystem;

namespace {

constexpr const char* usual_socket = "/run/mysqld/mysqld.sock";
constexpr Duration ask_patience = 30s;

// An extension has no database of its own in its file, and may host the master's all the same.
fs::path socket_of(Context& context, const AdminOptions& o) {
  if (!o.socket.empty()) return fs::absolute(o.socket);
  std::error_code error;
  if (!fs::exists(context.globals().config, error) || context.config().role != NodeRole::master) return usual_socket;
  const auto& database = context.config().database;
  if (database.host.empty()) return database.socket;
  if (db::is_loopback(database.host)) return usual_socket;
  throw Stop{Exit::usage, fmt::format("the database is on {}, and another machine's server is never touched. There: sudo cadre db bind ADDRESS. Without Cadre, its administrator "
                                      "writes into its option file, and starts it anew:\n  [mysqld]\n  bind-address = 127.0.0.1,{}",
                                      database.host, database.host)};
}

// With systemd a server that is down is known by its unit.
bool know_by_unit(LocalServer& server) {
  std::error_code error;
  if (!fs::exists("/run/systemd/system", error)) return false;
  for (const char* unit : {"mariadb.service", "mysql.service"}) {
    const auto shown = os::run_to_end(os::plain_launch("/usr/bin/systemctl", {"systemctl", "show", "-p", "ExecStart", "-p", "User", unit}), ask_patience);
    if (!shown) continue;
    const auto arguments = db::arguments_of_unit(shown->out);
    if (arguments.empty()) continue;
    server.unit = unit;
    server.launch = os::plain_launch(arguments.front(), arguments);
    const auto user = shown->out.find("User=");
    const std::string name = user == std::string::npos ? "" : shown->out.substr(user + 5, shown->out.find('\n', user) - user - 5);
    if (const passwd* entry = name.empty() ? nullptr : ::getpwnam(name.c_str())) server.launch.uid = entry->pw_uid, server.launch.gid = entry->pw_gid;
    return true;
  }
  return false;
}

void know_one_that_is_down(LocalServer& server, const fs::path& file, const db::Trouble& trouble) {
  if (server.left) {
    server.launch = server.left->launch;
    server.log = server.left->log;
  } else if (!know_by_unit(server)) {
    if (file.empty()) stop_for({trouble.kind, trouble.code, trouble.message + "\n  where it is down, --file FILE names the option file that it reads"});
    server.launch = os::plain_launch(db::find_mariadbd(), {"mariadbd"});
  }
  for (const auto& word : server.launch.arguments) server.by_command_line = server.by_command_line || word.starts_with("--bind");
}

// The unit whose main process it is: one that only lives in a unit's group is not what that unit starts.
std::string unit_that_starts(pid_t process) {
  std::error_code error;
  const auto unit = db::unit_of(os::control_groups_of(process));
  if (unit.empty() || !fs::exists("/run/systemd/system", error)) return "";
  const auto shown = os::run_to_end(os::plain_launch("/usr/bin/systemctl", {"systemctl", "show", "-p", "MainPID", "--value", unit}), ask_patience);
  return shown && shown->out == fmt::format("{}\n", process) ? unit : "";
}

// Where the server's user may go: its own TMPDIR, because ours may be closed to it.
std::string place_for(const os::Launch& launch) {
  const std::string place = os::variable_of(launch.environment, "TMPDIR");
  return place.starts_with('/') ? place : "/tmp";
}

db::ServerHelp ask(const LocalServer& server) {
  const TemporaryDirectory empty(place_for(server.launch), "cadre-ask");
  if (::geteuid() == 0 && ::chown(empty.path().c_str(), server.launch.uid, server.launch.gid) != 0)
    throw Stop{Exit::no_output, fmt::format("{}: cannot be given to the server's user: {}", empty.path(), std::strerror(errno))};
  os::Launch launch = server.launch;
  launch.arguments = db::asking(launch.arguments, empty.path());
  const auto ran = os::run_to_end(launch, ask_patience);
  if (!ran) throw Stop{Exit::config, ran.error() + "; nothing was changed"};
  auto help = db::read_help(ran->out);
  const std::string words = db::complaints_in(ran->err, 5);
  const bool perhaps_a_plugins = server.plugins && words.find("unknown ") != std::string::npos;
  if (ran->code != 0 && perhaps_a_plugins) say("note: an option of a plug-in, or a broken option file: " + words);
  else if (ran->code != 0) throw Stop{Exit::config, fmt::format("with its option files as they are the server would not start:\n{}\n  mend that first; nothing was changed", words)};
  if (!help) throw Stop{Exit::config, fmt::format("{} --verbose --help does not say what it reads: is this a MariaDB from 10.11 on? Nothing was changed", launch.program.string())};
  return *help;
}

}  // namespace

db::Outcome<Done> look_at(LocalServer& server) {
  auto made = db::Link::connect(server.settings);
  if (const auto* trouble = db::trouble_of(made)) return *trouble;
  auto& link = std::get<db::Link>(made);
  const auto process = db::server_process(link);
  if (!process) throw Stop{Exit::config, process.error()};
  auto found = link.query("SELECT @@version, IFNULL(@@bind_address, ''), @@port, @@log_error, @@datadir, (SELECT GLOBAL_VALUE_ORIGIN FROM information_schema.SYSTEM_VARIABLES "
                          "WHERE VARIABLE_NAME = 'BIND_ADDRESS'), (SELECT COUNT(*) FROM mysql.plugin)");
  if (const auto* trouble = db::trouble_of(found)) return *trouble;
  const auto& row = std::get<db::Rows>(found);
  server.process = *process;
  server.version = row.text(0, 0);
  server.bind_address = row.text(0, 1);
  server.port = static_cast<std::uint16_t>(number(row.row(0)[2]));
  if (!row.text(0, 3).empty()) server.log = (fs::path(row.text(0, 4)) / row.text(0, 3)).lexically_normal();
  server.by_command_line = row.text(0, 5) == "COMMAND-LINE";
  server.plugins = number(row.row(0)[6]) > 0;
  return Done{};
}

LocalServer find_local_server(Context& context, const AdminOptions& o, const fs::path& file) {
  LocalServer server;
  server.settings = administrators_settings(context, o, socket_of(context, o));
  server.left = find_note(server.settings.socket);
  const auto looked = look_at(server);
  if (const auto* trouble = db::trouble_of(looked)) {
    if (trouble->kind != db::Kind::away) stop_for(*trouble);
    know_one_that_is_down(server, file, *trouble);
    return server;
  }
  const auto launch = os::launch_of(server.process);
  if (!launch) throw Stop{Exit::not_allowed, launch.error() + "; run this as root (sudo)"};
  if (!os::shares_our_network(server.process))
    throw Stop{Exit::config, fmt::format("process {} is in another network than this one (a container?): run this in there; nothing was changed", server.process)};
  server.launch = *launch;
  server.unit = unit_that_starts(server.process);
  std::error_code ignored;
  if (server.log.empty()) server.log = fs::read_symlink(fmt::format("/proc/{}/fd/2", server.process), ignored);
  if (!fs::is_regular_file(server.log, ignored)) server.log.clear();
  return server;
}

OptionReading read_options(const LocalServer& server) {
  OptionReading reading{ask(server), {}};
  const auto options = db::defaults_options(server.launch.arguments);
  auto files = options.none ? std::vector<std::string>{} : options.file ? std::vector<std::string>{*options.file} : reading.help.files;
  auto search = db::search_option(files, reading.help.groups, "bind-address", server.launch.directory, os::variable_of(server.launch.environment, "HOME"));
  if (!search) throw Stop{Exit::config, search.error() + "; nothing was changed"};
  reading.search = *search;
  const auto& places = reading.search.places;
  const std::string last = places.empty() ? "" : places.back().value;
  if (server.by_command_line || last == reading.help.bind_address) return reading;
  const std::string where = places.empty() ? "no option file says one" : fmt::format("{} line {} says '{}'", places.back().file.string(), places.back().line, last);
  throw Stop{Exit::config, fmt::format("the server would take bind-address '{}', but {}: is its name cut short somewhere (bind-addr)? Write it in full; nothing was changed",
                                       reading.help.bind_address, where)};
}

}  // namespace cadre::ctl
