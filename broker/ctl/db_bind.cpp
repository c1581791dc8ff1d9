// cadre db bind: where the database server of this machine listens. Finds the option file that decides, edits it, starts the
// server anew where that is needed, and tries each address; what does not come up is taken back. Twice is as good as once.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "broker/ctl/bind_value.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/local_restart.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/steps.hpp"
#include "broker/ctl/values.hpp"
#include "common/database/greeting.hpp"
#include "common/database/option_file.hpp"
#include "common/os/addresses.hpp"

namespace cadre::ctl {

namespace fs = std::filesystem;

namespace {

constexpr const char* option = "bind-address";

struct Options {
  AdminOptions admin;
  std::vector<std::string> addresses;
  fs::path file;
  std::string restart = "auto";
  Duration start_patience = 2min;
  bool all_addresses = false, dry_run = false;
};

struct Plan {
  BindValue wanted;
  fs::path file;                   // empty: the command line decides
  std::string now;                 // what the files say
  std::optional<std::string> text;  // the file's new text; nothing: it says so already
  bool restart = false;
  RestartWay way;
  std::vector<std::string> notes;  // what was found in the file
};

std::vector<std::string> names_of(const std::vector<fs::path>& files) { return {files.begin(), files.end()}; }

// The file in which the value stands that counts; where none does, the last one that speaks to the server.
fs::path deciding_file(const LocalServer& server, const OptionReading& reading, const fs::path& named) {
  const auto& read = reading.search.read;
  std::error_code error;
  const auto is_named = [&](const fs::path& file) { return fs::equivalent(file, named, error); };
  if (!named.empty() && std::none_of(read.begin(), read.end(), is_named))
    throw Stop{fs::exists(named, error) ? Exit::usage : Exit::no_input,
               read.empty() ? fmt::format("{}: the server reads no option file", named.string())
                            : fmt::format("{}: the server does not read this file, but {}; nothing was changed", named.string(), fmt::join(names_of(read), ", "))};
  if (!named.empty()) return named;
  if (!reading.search.places.empty()) return reading.search.places.back().file;
  if (reading.search.home) return *reading.search.home;
  throw Stop{Exit::config, db::defaults_options(server.launch.arguments).none
                               ? "the server was started with --no-defaults, and reads no option file: it listens where its command line says. Add --bind-address there"
                               : fmt::format("none of the server's option files is there: {}. Make one of them, with the line [mysqld]", fmt::join(reading.help.files, ", "))};
}

// The one option is shown, not the others: a password may be among them.
[[noreturn]] void refuse_command_line(const LocalServer& server, const std::string& value) {
  std::string where = server.unit.empty() ? "whatever starts it" : "systemctl edit " + server.unit;
  for (const auto& word : server.launch.arguments)
    if (word.starts_with("--bind")) where += fmt::format(", '{}'", word);
  throw Stop{Exit::config, fmt::format("the server's command line says bind-address '{}', which counts more than every option file: change it there ({}). Nothing was changed", value, where)};
}

Plan plan_of(const LocalServer& server, const OptionReading& reading, const Options& o, BindValue wanted) {
  Plan plan{std::move(wanted), {}, reading.help.bind_address, std::nullopt, false, {}, {}};
  if (!reading.help.networking)
    throw Stop{Exit::config, "skip-networking is set: the server listens at no address at all. Take it out of its option file or command line first; nothing was changed"};
  if (server.by_command_line) {
    if (reading.help.bind_address != plan.wanted.text) refuse_command_line(server, reading.help.bind_address);
    plan.restart = !server.runs();
    if (plan.restart) plan.way = restart_way(server, o.restart);
    return plan;
  }
  plan.file = deciding_file(server, reading, o.file);
  auto edited = db::set_option(text_of(plan.file), option, plan.wanted.text, reading.help.groups);
  if (!edited) throw Stop{Exit::usage, edited.error()};
  const bool said_already = reading.help.bind_address == plan.wanted.text && !reading.search.places.empty();
  if (!said_already) plan.text = edited->text, plan.notes = edited->notes;  // a line that has no effect is no reason to start a server anew
  for (const auto& note : plan.notes) say(fmt::format("  found     {}: {}", plan.file.string(), note));
  plan.restart = plan.text || server.bind_address != plan.wanted.text || !server.runs();
  if (plan.restart) plan.way = restart_way(server, o.restart);
  return plan;
}

void put_back(const fs::path& file, const fs::path& backup) {
  std::error_code error;
  const auto real = fs::canonical(file, error);
  if (::rename(backup.c_str(), real.c_str()) != 0) throw Stop{Exit::no_output, fmt::format("{} could not be put back over {}: do that by hand", backup.string(), real.string())};
  (void)sync_directory_of(real);
}

// Writes the file and leaves the note of it; the server's own program must then take what was meant, or all is as it was.
RestartNote edit(const LocalServer& server, const Plan& plan, Steps& steps) {
  RestartNote note{server.launch, server.log, {}, {}, 0};
  if (!plan.text) {
    if (server.left && server.left->written == written_at(server.left->file)) note.file = server.left->file, note.backup = server.left->backup, note.written = server.left->written;
    if (!plan.file.empty()) steps.found(fmt::format("{}: {} = {}", plan.file.string(), option, plan.wanted.text));
    return note;
  }
  note.file = plan.file;
  note.backup = rewrite(plan.file, *plan.text);
  note.written = written_at(plan.file);
  try {
    const auto reading = read_options(server);
    if (reading.help.bind_address == plan.wanted.text) {
      steps.did(fmt::format("{}: {} = {}; as it was: {}", plan.file.string(), option, plan.wanted.text, note.backup.string()));
      return note;
    }
    const std::string who = reading.search.places.empty() ? "nothing" : fmt::format("{} line {}", reading.search.places.back().file.string(), reading.search.places.back().line);
    throw Stop{Exit::config, fmt::format("in {} it would have no effect: {} comes later and says '{}'. Nothing was changed; leave --file out, and that one is edited", plan.file.string(), who, reading.help.bind_address)};
  } catch (const Stop&) {
    put_back(plan.file, note.backup);
    throw;
  }
}

[[noreturn]] void roll_back(LocalServer& server, const Plan& plan, const RestartNote& note, pid_t before, const std::string& why, Duration patience) {
  std::string end = fmt::format("the server did not come up with {} = {}:\n{}\n  ", option, plan.wanted.text, why);
  const auto now = look_at(server);
  const bool never_stopped = db::trouble_of(now) == nullptr && server.process == before;
  if (note.backup.empty())
    throw Stop{Exit::config, end + fmt::format("its option file was not changed by us, so nothing can be taken back; {}. Mend what is said there, and run this again",
                                               server.runs() ? fmt::format("process {} runs", server.process) : "it is DOWN")};
  put_back(note.file, note.backup);
  end += fmt::format("{} is as it was", note.file.string());
  const auto again = never_stopped ? Result<>(Done{}) : restart(server, plan.way, plan.now, patience);
  if (!again) throw Stop{Exit::config, end + fmt::format(", and with that it does not come up either:\n{}\n  it is DOWN: mend what is said there, and run this again", again.error())};
  remove_note(server.settings.socket);
  throw Stop{Exit::config, end + fmt::format("; the server runs with {} = {} (process {})", option, server.bind_address, server.process)};
}

struct Tried {
  std::string address, said;
  bool answers = false;
};

std::vector<Tried> try_all(const LocalServer& server, const Plan& plan, Duration patience) {
  std::vector<Tried> all;
  for (const auto& address : plan.wanted.addresses) {
    const auto greeting = db::greeting_of(address, server.port, patience);
    if (!greeting) all.push_back({address, greeting.error(), false});
    else if (!greeting->refusal.empty()) all.push_back({address, greeting->refusal, true});
    else all.push_back({address, greeting->version, greeting->version == server.version});
  }
  return all;
}

Json json_of(const LocalServer& server, const Plan& plan, const RestartNote& note, bool restarted, const std::vector<Tried>& tried) {
  Json answers = Json::array();
  for (const auto& one : tried) answers.push_back({{"address", one.address}, {"port", server.port}, {"answers", one.answers}, {"said", printable(one.said)}});
  Json json{{"file", plan.file.string()}, {"bind_address", plan.wanted.text}, {"was", plan.now}, {"changed", plan.text.has_value()},
            {"restarted", restarted}, {"in_force", server.runs() && server.bind_address == plan.wanted.text}, {"process", server.process}, {"answers", answers}, {"notes", plan.notes}};
  if (plan.text && !note.backup.empty()) json["backup"] = note.backup.string();
  return json;
}

// The post-condition: what the server says of itself, and what is heard at each address.
Exit verify(Context& context, const LocalServer& server, const Plan& plan, const RestartNote& note, bool restarted, Steps& steps) {
  const auto tried = try_all(server, plan, context.globals().patience);
  if (context.json()) print_json(json_of(server, plan, note, restarted, tried));
  if (server.bind_address != plan.wanted.text)
    throw Stop{Exit::not_so, fmt::format("@@bind_address is '{}', '{}' was wanted", server.bind_address, plan.wanted.text)};
  bool all = true;
  for (const auto& one : tried) {
    say(fmt::format("  {} {} port {}: {}", one.answers ? "answers  " : "SILENT   ", one.address, server.port, printable(one.said)));
    all = all && one.answers;
  }
  if (!all) throw Stop{Exit::not_so, fmt::format("@@bind_address is '{}', but not every address answers: is a firewall in between? `ss -ltn` shows who listens there", server.bind_address)};
  remove_note(server.settings.socket);
  say(steps.changed.empty() ? "nothing changed" : fmt::format("the server listens at {}, port {}", plan.wanted.text, server.port));
  return Exit::ok;
}

Exit show(Context& context, const LocalServer& server, const Plan& plan) {
  if (plan.text) say(fmt::format("{}: {} would be {}, and is {}", plan.file.string(), option, plan.wanted.text, plan.now.empty() ? "said nowhere: every address" : plan.now));
  if (plan.restart) say(fmt::format("the server would be started anew, {}", to_string(plan.way)));
  if (!plan.text && !plan.restart) say("nothing would be changed");
  if (context.json()) {
    Json json = json_of(server, plan, {}, false, {});
    json["would_restart"] = plan.restart && plan.way.kind != RestartWay::Kind::never;
    print_json(json);
  }
  return Exit::ok;
}

// What was changed stands, and somebody else starts the server: the next run goes on from here.
Exit left_to_others(Context& context, const LocalServer& server, const Plan& plan, const RestartNote& note) {
  if (context.json()) print_json(json_of(server, plan, note, false, {}));
  if (plan.way.kind == RestartWay::Kind::unknown)
    throw Stop{Exit::again, "the server is down, and how it is started is not known here: start it, and run this again, which tries the addresses"};
  say("note: the server reads it when it is started anew; then run this again, which tries the addresses");
  return Exit::ok;
}

Exit run(Context& context, const Options& o) {
  auto wanted = bind_value(o.addresses, o.all_addresses, os::own_addresses(), os::is_own_address);
  if (!wanted) throw Stop{Exit::usage, wanted.error()};
  if (o.all_addresses)
    say(fmt::format("{}MariaDB {} listen on every address of this machine: a firewall must keep out who is not meant. Better: name the addresses",
                    o.dry_run ? "" : "warning: ", o.dry_run ? "would" : "will"));
  LocalServer server = find_local_server(context, o.admin, o.file);
  const Plan plan = plan_of(server, read_options(server), o, std::move(*wanted));
  if (o.dry_run) return show(context, server, plan);
  Steps steps;
  const RestartNote note = edit(server, plan, steps);
  if (!plan.restart) return verify(context, server, plan, note, false, steps);
  leave_note(server.settings.socket, note);
  if (plan.way.kind == RestartWay::Kind::never || plan.way.kind == RestartWay::Kind::unknown) return left_to_others(context, server, plan, note);
  const pid_t before = server.process;
  const auto restarted = restart(server, plan.way, plan.wanted.text, o.start_patience);
  if (!restarted) roll_back(server, plan, note, before, restarted.error(), o.start_patience);
  steps.did(fmt::format("the server started anew, {}: process {}", to_string(plan.way), server.process));
  return verify(context, server, plan, note, true, steps);
}

}  // namespace

Command commands::db_bind() {
  return {"db bind", "Where the database server of this machine listens: its option file, a restart where needed, and each address tried", "sudo cadre db bind 10.1.0.5",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("ADDRESSES", o->addresses, "addresses of this machine; loopback is added; several, or with commas").delimiter(',').type_name("ADDRESS");
            args.add_flag("--all-addresses", o->all_addresses, "every address of this machine (bind-address = *), as other manuals have it; better not");
            args.add_option("--file", o->file, "the option file to edit; else the one that decides").type_name("FILE");
            args.add_option("--restart", o->restart, "auto: by systemd, else the process itself; never; or a command that restarts the server").type_name("auto|never|COMMAND").show_default();
            args.add_duration("--start-patience", o->start_patience, "how long the server may take to come up, before all is taken back (2min)");
            args.add_flag("--dry-run", o->dry_run, "only say what would be done");
            declare_administrator(args, o->admin);
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
