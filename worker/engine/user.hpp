// Whom an engine runs as, when that is not the worker itself.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace cadre::engine {

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;              // its primary group
  std::vector<gid_t> groups;  // all of them: a graphics card or a share may be one's by group
};

// Might be the name of a user, and is not root's; whether there is one is another question.
bool is_user_name(std::string_view text);

// From the system's user database. Never root: engines exist to be less than the worker.
Result<User> find_user(const std::string& name);

// What this process lacks to run engines as another user, to own what they write and to end them: "CAP_SETUID,
// CAP_KILL"; empty: nothing. Root has all of it, unless a container took some away.
std::string missing_privileges();

}  // namespace cadre::engine
