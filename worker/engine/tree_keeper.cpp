#include "worker/engine/tree_keeper.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>

#include "common/base/assert.hpp"
#include "worker/engine/proc_fs.hpp"

namespace cadre::engine {

namespace {

constexpr int sweep_rounds_max = 16;         // a chain of orphans of orphans; the next sweep goes on
constexpr int farewell_milliseconds = 5000;  // a process in uninterruptible sleep may outlast any patience
constexpr int kill_rounds_max = 50;

Fd open_pidfd(pid_t pid) { return Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))}; }

bool wait_readable(const Fd& pidfd, int milliseconds) {
  pollfd entry{pidfd.get(), POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) > 0;
}

}  // namespace

TreeKeeper::TreeKeeper(std::string mark_prefix, std::function<void(int)> watch)
    : mark_prefix_(std::move(mark_prefix)), watch_(std::move(watch)) {
  CADRE_ASSERT(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  for (const pid_t pid : own_children()) strangers_.insert(pid);
}

TreeKeeper::~TreeKeeper() {
  for (auto& [number, tree] : trees_) {
    if (!tree.ended) signal_group(tree.leader.pid, SIGKILL);
  }
  for (auto& [number, tree] : trees_) {
    if (tree.ended) continue;
    wait_readable(tree.leader.pidfd, farewell_milliseconds);
    reap(tree.leader.pidfd);
    tree.ended = true;
  }
  sweep();
  while (!orphans_.empty()) {
    if (!wait_readable(orphans_.begin()->second.pidfd, farewell_milliseconds)) break;
    sweep();
  }
}

std::optional<SpawnFailure> TreeKeeper::spawn(Spawn what, Started& started) {
  const TreeNumber number = next_++;
  what.environment.insert(what.environment.begin(),
                          fmt::format("{}={}{}.{}", tree_variable, mark_prefix_, ::getpid(), number));
  Tree tree;
  if (auto failure = spawner_.spawn(what, tree.leader)) return failure;
  started = {number, tree.leader.pidfd.get()};
  trees_.emplace(number, std::move(tree));
  return std::nullopt;
}

TreeKeeper::Tree& TreeKeeper::at(TreeNumber number) {
  const auto found = trees_.find(number);
  CADRE_ASSERT(found != trees_.end());
  return found->second;
}

const TreeKeeper::Tree& TreeKeeper::at(TreeNumber number) const { return const_cast<TreeKeeper*>(this)->at(number); }

void TreeKeeper::terminate(TreeNumber number) {
  const Tree& tree = at(number);
  if (!tree.ended) signal_group(tree.leader.pid, SIGTERM);
}

void TreeKeeper::kill(TreeNumber number) {
  const Tree& tree = at(number);
  if (!tree.ended) signal_group(tree.leader.pid, SIGKILL);
}

std::optional<Exit> TreeKeeper::collect(TreeNumber number) {
  Tree& tree = at(number);
  CADRE_ASSERT(!tree.ended);
  if (!has_exited(tree.leader.pidfd)) return std::nullopt;
  signal_group(tree.leader.pid, SIGKILL);  // as long as the leader is a zombie, its number cannot be anybody else's
  std::optional<Exit> exit = reap(tree.leader.pidfd);
  CADRE_ASSERT(exit.has_value());
  tree.ended = true;
  sweep();
  return exit;
}

bool TreeKeeper::gone(TreeNumber number) const {
  return std::none_of(orphans_.begin(), orphans_.end(), [&](const auto& entry) {
    return entry.second.tree == number || (entry.second.tree == 0 && entry.second.killed);
  });
}

void TreeKeeper::forget(TreeNumber number) {
  CADRE_ASSERT(at(number).ended);
  trees_.erase(number);
}

bool TreeKeeper::over(TreeNumber number, std::uint64_t memory_limit, std::uint64_t& used) const {
  std::vector<pid_t> members = descendants_of(at(number).leader.pid);
  for (const auto& [pid, orphan] : orphans_) {
    if (orphan.tree != number) continue;
    for (const pid_t member : descendants_of(pid)) members.push_back(member);
  }
  used = 0;
  for (const pid_t pid : members) used += resident_bytes(pid);
  if (used <= memory_limit) return false;
  // What forked processes still share was counted several times: look closer before anything is killed for it.
  used = 0;
  for (const pid_t pid : members) used += proportional_bytes(pid);
  return used > memory_limit;
}

std::uint64_t TreeKeeper::peak(TreeNumber number) const { return peak_bytes(at(number).leader.pid); }

void TreeKeeper::sweep() {
  for (int round = 0; round < sweep_rounds_max; ++round) {
    const bool adopted = adopt();
    if (!reap_and_kill() && !adopted) return;
  }
}

bool TreeKeeper::adopt() {
  const std::vector<pid_t> children = own_children();
  std::erase_if(strangers_,
                [&](pid_t pid) { return std::find(children.begin(), children.end(), pid) == children.end(); });
  bool found = false;
  for (const pid_t pid : children) {
    if (strangers_.contains(pid)) continue;
    const bool leads = std::any_of(trees_.begin(), trees_.end(), [&](const auto& entry) {
      return entry.second.leader.pid == pid && !entry.second.ended;
    });
    if (leads) continue;
    const auto [place, fresh] = orphans_.try_emplace(pid);
    Orphan& orphan = place->second;
    if (fresh) {
      orphan.pidfd = open_pidfd(pid);
      orphan.fence = next_;
      found = true;
    }
    if (orphan.tree == 0) orphan.tree = tree_of(pid);  // again each time: it may have been in the middle of an execve
  }
  return found;
}

bool TreeKeeper::reap_and_kill() {
  bool reaped = false;
  for (auto place = orphans_.begin(); place != orphans_.end();) {
    Orphan& orphan = place->second;
    if (!orphan.pidfd || reap(orphan.pidfd)) {
      place = orphans_.erase(place);
      reaped = true;
      continue;
    }
    if (!orphan.killed && doomed(orphan)) {
      signal_process(orphan.pidfd, SIGKILL);
      orphan.killed = true;
      watch_(orphan.pidfd.get());
    }
    ++place;
  }
  return reaped;
}

bool TreeKeeper::doomed(const Orphan& orphan) const {
  if (orphan.tree != 0) {
    const auto found = trees_.find(orphan.tree);
    return found == trees_.end() || found->second.ended;
  }
  return std::none_of(trees_.begin(), trees_.end(),
                      [&](const auto& entry) { return entry.first < orphan.fence && !entry.second.ended; });
}

TreeNumber TreeKeeper::tree_of(pid_t pid) const {
  const std::string mark = tree_mark_of(pid);
  const std::string ours = fmt::format("{}{}.", mark_prefix_, ::getpid());
  if (mark.starts_with(ours)) {
    TreeNumber number = 0;
    std::from_chars(mark.data() + ours.size(), mark.data() + mark.size(), number);
    if (number != 0 && number < next_) return number;
  }
  const pid_t session = session_of(pid);
  for (const auto& [number, tree] : trees_) {
    if (tree.leader.pid == session) return number;
  }
  return 0;
}

std::size_t kill_marked(std::string_view mark_prefix) {
  std::size_t total = 0;
  for (int round = 0; round < kill_rounds_max; ++round) {
    std::vector<Fd> dying;
    for_each_marked(mark_prefix, [&](pid_t pid) {
      Fd pidfd = open_pidfd(pid);
      // Looked at again: between the first look and the pidfd the number may have become another process.
      if (!pidfd || !tree_mark_of(pid).starts_with(mark_prefix)) return;
      signal_process(pidfd, SIGKILL);
      dying.push_back(std::move(pidfd));
    });
    if (dying.empty()) break;
    total += dying.size();
    for (const Fd& pidfd : dying) wait_readable(pidfd, farewell_milliseconds / kill_rounds_max);
  }
  return total;
}

}  // namespace cadre::engine
