// What a run that changes the server's option file and starts it anew leaves beside the socket until it has seen the server
// come up: enough for the next run to go on where it was interrupted, also where the server is down by then.
#pragma once

#include <optional>

#include "common/os/process.hpp"

namespace cadre::ctl {

struct RestartNote {
  os::Launch launch;  // of its environment only what says where things are: a server's may hold secrets
  std::filesystem::path log;
  std::filesystem::path file, backup;  // the option file and its old text; empty: none was changed
  std::int64_t written = 0;            // when the file was: one that was written since is somebody else's
};

std::filesystem::path note_of(const std::string& socket);
// 0600; Stop where it cannot be written.
void leave_note(const std::string& socket, const RestartNote& note);
// Nothing where there is none, or one that is not ours: root must start nothing that another user wrote there.
std::optional<RestartNote> find_note(const std::string& socket);
void remove_note(const std::string& socket);

// When a file was written, in nanoseconds; 0: it is not there.
std::int64_t written_at(const std::filesystem::path& file);

}  // namespace cadre::ctl
