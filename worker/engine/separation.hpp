// What is closed to engines, and what this machine allows of it: they run as another user than the worker (its key and
// its memory), behind a fence (each other's work directories), and without a network where engine.yaml says so.
//
// Nothing of it is foretold from versions and rights: it is tried once, with a process that gets as far as its execve.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "worker/engine/engine.hpp"
#include "worker/engine/fence.hpp"
#include "worker/engine/process_posix.hpp"
#include "worker/engine/scratch.hpp"

namespace cadre::engine {

inline constexpr std::string_view engine_user_auto = "auto";  // cadre-engine, where that can be
inline constexpr std::string_view engine_user_none = "none";  // as the worker
inline constexpr std::string_view engine_user_of_ours = "cadre-engine";

// What came of it, for the log and for people.
struct SeparationTold {
  std::string user;         // engines run as; empty: as the worker
  std::string user_off;     // why as the worker; empty: they do not, or it was asked for
  std::string scratch_off;  // why engines of one user can read each other's work directories; empty: they cannot
};

class Separation {
 public:
  // `wanted`: auto, none or a user. An error where a user was named and cannot be had.
  static Result<Separation> make(const std::string& wanted, bool attempts_apart, const Scratch& scratch);

  // The engine's user; null: the worker's. An error names what engine.yaml wants and this machine cannot give.
  Result<const User*> user_of(const Definition& engine);
  // Makes `ruleset` one that opens `own` only, unless it is that already and still true (`stamp`). Nothing where there
  // is no fence.
  Result<> renew(int own, Fd& ruleset, std::uint64_t& stamp) const;
  // Completes `spawn`: user, fence, filter.
  Result<> close_off(const Definition& engine, const User* user, const Fd& ruleset, Spawn& spawn);

  const SeparationTold& told() const { return told_; }

 private:
  void put_up_fence(const Scratch& scratch);
  Result<User> usable(const std::string& name, const Scratch& scratch) const;

  std::optional<User> user_;
  std::optional<Fence> fence_;
  std::map<std::string, User> users_;  // of engine.yaml's `user`, looked up once
  std::optional<std::vector<sock_filter>> filter_;
  SeparationTold told_;
};

}  // namespace cadre::engine
