// Engine processes with everything that they started: no process of an ended tree is left behind.
//
// The leader of a tree has a session and a process group of its own, so most of a tree dies by one signal to the
// group. What called setsid() escapes that; but when its parents are dead, it becomes a child of this process
// (PR_SET_CHILD_SUBREAPER) and is found in the list of our children. It is told to which tree it belongs by the
// variable CADRE_PROCESS_TREE in its environment, or by its session. One that shows neither (it wiped its environment)
// is kept until every tree that lived when it appeared has ended, and is killed then.
//
//   spawn -> running -- leader ends: group killed, leader reaped --> ending -- no process of it left --> gone
//
// One TreeKeeper per process: unknown children that appear during its life are taken for orphans of engines. Children
// that were there before it are left alone. The thread that calls is the one whose end kills the leaders.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "worker/engine/process_posix.hpp"

namespace cadre::engine {

using TreeNumber = std::uint64_t;  // from 1, grows

class TreeKeeper {
 public:
  // `mark_prefix`: what all marks of this worker begin with, also in its next life. `watch` is called with the pidfd of
  // an orphan that has been killed: sweep() should be called when it becomes readable.
  TreeKeeper(std::string mark_prefix, std::function<void(int pidfd)> watch);
  ~TreeKeeper();  // kills and reaps what still runs
  TreeKeeper(const TreeKeeper&) = delete;
  TreeKeeper& operator=(const TreeKeeper&) = delete;

  struct Started {
    TreeNumber tree = 0;
    int pidfd = -1;  // owned by the keeper until the tree is forgotten; readable when the leader has ended
  };
  // Puts the mark first into the environment.
  std::optional<SpawnFailure> spawn(Spawn what, Started& started);

  void terminate(TreeNumber tree);  // SIGTERM to the group
  void kill(TreeNumber tree);       // SIGKILL to the group; the rest follows when the leader has ended
  // The leader's end, once; then the group is killed and orphans are looked for. Empty: still running.
  std::optional<Exit> collect(TreeNumber tree);
  bool gone(TreeNumber tree) const;  // after collect(): nothing of it is left that we know of
  void forget(TreeNumber tree);      // after collect()

  bool over(TreeNumber tree, std::uint64_t memory_limit, std::uint64_t& used) const;  // memory of the whole tree
  const Fd& pidfd(TreeNumber tree) const { return at(tree).leader.pidfd; }
  std::uint64_t peak(TreeNumber tree) const;  // of the leader so far, bytes

  // Adopts, reaps, and kills what belongs to ended trees. Cheap where there is nothing to do; call it now and then.
  void sweep();
  bool has_orphans() const { return !orphans_.empty(); }
  bool empty() const { return trees_.empty(); }

 private:
  struct Tree {
    Process leader;
    bool ended = false;
  };
  struct Orphan {
    Fd pidfd;
    TreeNumber tree = 0;   // 0: it does not show to which it belongs
    TreeNumber fence = 0;  // no tree below this one may still run before an unclaimed orphan is killed
    bool killed = false;
  };

  bool adopt();
  bool reap_and_kill();
  TreeNumber tree_of(pid_t pid) const;
  bool doomed(const Orphan& orphan) const;
  Tree& at(TreeNumber tree);
  const Tree& at(TreeNumber tree) const;

  std::string mark_prefix_;
  std::function<void(int)> watch_;
  Spawner spawner_;
  TreeNumber next_ = 1;
  std::map<TreeNumber, Tree> trees_;
  std::map<pid_t, Orphan> orphans_;
  std::set<pid_t> strangers_;  // children that were there before
};

// Kills every process that carries a mark with this prefix, from whatever life of the worker, until none is found.
// Returns how many were found. Blocks for as long as they need to die, at most `rounds_max` scans of /proc.
std::size_t kill_marked(std::string_view mark_prefix);

}  // namespace cadre::engine
