#include "worker/engine/user.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t entry_bytes_max = 64u << 10;  // of the user database
constexpr int groups_max = 1024;
constexpr std::size_t name_bytes_max = 32;  // as useradd has it

// SETUID and SETGID to become the user; CHOWN to give it the work directory; DAC_OVERRIDE to read and remove what it
// wrote there; KILL to end it; SYS_PTRACE to read from its environment to which attempt a process belongs.
constexpr std::array<std::pair<int, const char*>, 6> needed{{{CAP_SETUID, "CAP_SETUID"},
                                                             {CAP_SETGID, "CAP_SETGID"},
                                                             {CAP_CHOWN, "CAP_CHOWN"},
                                                             {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
                                                             {CAP_KILL, "CAP_KILL"},
                                                             {CAP_SYS_PTRACE, "CAP_SYS_PTRACE"}}};

}  // namespace

bool is_user_name(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= name_bytes_max && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), good) && text != "root";
}

Result<User> find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> text(entry_bytes_max);
  const int error = ::getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found);
  if (found == nullptr)
    return Error{error == 0 ? fmt::format("there is no user \"{}\" on this machine", name)
                            : fmt::format("user \"{}\" cannot be looked up: {}", name, errno_text(error))};
  if (entry.pw_uid == 0)
    return Error{fmt::format("user \"{}\" is root; engines run as a user with fewer rights", name)};
  User user{name, entry.pw_uid, entry.pw_gid, std::vector<gid_t>(groups_max)};
  int count = groups_max;
  if (::getgrouplist(name.c_str(), entry.pw_gid, user.groups.data(), &count) < 0)
    return Error{fmt::format("user \"{}\" is in {} groups; at most {} are supported", name, count, groups_max)};
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

std::string missing_privileges() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  ::syscall(SYS_capget, &header, sets.data());
  std::string missing;
  for (const auto& [number, name] : needed) {
    const bool have = (sets[static_cast<std::size_t>(number) / 32].effective >> (number % 32) & 1) != 0;
    if (!have) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
  }
  return missing;
}

}  // namespace cadre::engine
