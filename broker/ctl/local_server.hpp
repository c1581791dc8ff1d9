// The database server of this machine, behind its socket file: how it was started, what it says, which option files it reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/ctl/db.hpp"
#include "broker/ctl/restart_note.hpp"
#include "common/database/option_search.hpp"
#include "common/database/server_help.hpp"
#include "common/os/process.hpp"

namespace cadre::ctl {

struct LocalServer {
  db::Settings settings;  // the administrator's way in
  pid_t process = 0;      // 0: it does not run
  os::Launch launch;      // how it was started, or would be
  std::string unit;       // the unit of systemd that it is; empty: none
  // What it says of itself, while it runs.
  std::string version, bind_address;
  std::uint16_t port = 0;
  bool by_command_line = false;    // bind_address; no option file counts then
  bool plugins = false;            // installed by statement: then some options are known to the running server alone
  std::filesystem::path log;       // empty: it keeps none that we could read
  std::optional<RestartNote> left;  // by a run that was interrupted

  bool runs() const { return process > 0; }
};

// Behind --admin-socket, else the socket of the configuration, else the usual place. Stop where the database is another machine's,
// and where none runs and how it would be started is not known, unless its option file is given (`file`).
LocalServer find_local_server(Context& context, const AdminOptions& options, const std::filesystem::path& file);

// What a running server says now; a trouble where it does not answer.
db::Outcome<Done> look_at(LocalServer& server);

struct OptionReading {
  db::ServerHelp help;
  db::OptionSearch search;  // for bind-address
};
// What the server would read if it were started now: by asking its own program, as its own user, and by reading the files in that
// order. Stop where it would not start with these files, or where the two do not agree.
OptionReading read_options(const LocalServer& server);

}  // namespace cadre::ctl
