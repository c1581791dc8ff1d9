// Stops the database server of this machine and starts it anew, the way it is looked after: by systemd, by a command that the
// administrator names, or as the plain process that it was.
#pragma once

#include <string>

#include "broker/ctl/local_server.hpp"

namespace cadre::ctl {

struct RestartWay {
  enum class Kind { never, unit, command, process, unknown };
  Kind kind = Kind::never;
  std::string what;  // the unit, the command
};
// `how`: auto, never, or a command. Stop where the server cannot be started anew from here.
RestartWay restart_way(const LocalServer& server, const std::string& how);
std::string to_string(const RestartWay& way);  // "by systemd (mariadb.service)"

// Stops it, if it runs, orderly and without killing it, and starts it. Signals that would end this program wait meanwhile: a server
// that was stopped is started, too. Where somebody else starts a plain process again, that one is taken; also one that is
// on its way up already, if it listens at `wanted`. `patience`: until it answers. On success `server` says what it says now.
// An error is what its log said last.
Result<> restart(LocalServer& server, const RestartWay& way, const std::string& wanted, Duration patience);

}  // namespace cadre::ctl
