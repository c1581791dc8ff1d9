// What /proc says about processes. Every answer may be out of date the moment it is given; "nothing" also means "gone".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cadre::engine {

// The variable that marks every process of one tree, inherited by whatever it starts.
inline constexpr std::string_view tree_variable = "CADRE_PROCESS_TREE";

// Children of the calling thread's process that are its own or were adopted (PR_SET_CHILD_SUBREAPER), also zombies.
std::vector<pid_t> own_children();

pid_t session_of(pid_t pid);                   // 0: gone
std::string tree_mark_of(pid_t pid);           // the value of CADRE_PROCESS_TREE; empty: none, or not readable
std::vector<pid_t> descendants_of(pid_t pid);  // itself first; bounded by processes_max

std::uint64_t resident_bytes(pid_t pid);      // pages shared with others count whole
std::uint64_t proportional_bytes(pid_t pid);  // shared pages count by their share; slow; falls back to resident_bytes
std::uint64_t peak_bytes(pid_t pid);          // high-water mark since its last execve

// Every process whose mark begins with `prefix`.
void for_each_marked(std::string_view prefix, const std::function<void(pid_t)>& visit);

inline constexpr std::size_t processes_max = 4096;  // looked at in one tree

}  // namespace cadre::engine
