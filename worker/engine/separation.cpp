#include "worker/engine/separation.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/assert.hpp"
#include "worker/engine/network_filter.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr const char* trial_name = ".trial";
constexpr mode_t passable = 0711;  // engines of another user must get to their own directory; nobody lists the others

Result<User> user_to_become(const std::string& name) {
  Result<User> user = find_user(name);
  const std::string missing = missing_privileges();
  if (user && !missing.empty())
    return Error{fmt::format("the worker lacks {}; run it as root, or by the unit cadre-worker.service, which gives it "
                             "these", missing)};
  return user;
}

// Goes all the way to the execve of a directory, which nobody can execute. Empty: every step before it went well.
std::string trial_in(const ScratchDirectory& place, const User* user, const std::optional<Fence>& fence) {
  if (auto given = place.give_to(user); !given) return given.error();
  Result<Fd> ruleset = Fd{};
  if (fence) ruleset = fence->open_but(place.fd());
  if (!ruleset) return ruleset.error();
  const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  Spawn spawn;
  spawn.program = "/";
  spawn.arguments = {"cadre-trial"};
  spawn.directory = place.path();
  spawn.in = spawn.out = spawn.err = null.get();
  spawn.user = user;
  spawn.fence = ruleset->get();
  Process process;
  Spawner spawner;
  const auto failure = spawner.spawn(spawn, process);
  CADRE_ASSERT(failure.has_value());
  if (failure->step == "execve") return {};
  if (failure->step == "chdir")
    return fmt::format("{} cannot get to {} ({}); every directory on the way must be passable for it (chmod o+x)",
                       user != nullptr ? user->name : "the worker", place.path(), errno_text(failure->error));
  return fmt::format("{}: {}", failure->step, errno_text(failure->error));
}

std::string trial(const Scratch& scratch, const User* user, const std::optional<Fence>& fence) {
  Result<ScratchDirectory> place = scratch.make(trial_name);
  if (!place) return place.error();
  std::string trouble = trial_in(*place, user, fence);
  scratch.remove(*std::move(place));
  return trouble;
}

}  // namespace

Result<Separation> Separation::make(const std::string& wanted, bool attempts_apart, const Scratch& scratch) {
  Separation made;
  if (missing_privileges().empty() && !scratch.set_modes(passable))
    return Error{fmt::format("{}: its mode cannot be changed: {}", scratch.path(), errno_text(errno))};
  if (attempts_apart) made.put_up_fence(scratch);
  if (wanted == engine_user_none) return made;
  const bool automatic = wanted == engine_user_auto;
  Result<User> user = made.usable(automatic ? std::string{engine_user_of_ours} : wanted, scratch);
  if (!user && !automatic)
    return Error{fmt::format("worker.engine_user: engines cannot run as {}: {}", wanted, user.error())};
  if (!user) {
    made.told_.user_off = user.error();
    return made;
  }
  made.told_.user = user->name;
  made.user_ = *std::move(user);
  return made;
}

void Separation::put_up_fence(const Scratch& scratch) {
  Result<Fence> fence = Fence::around(scratch.spool());
  told_.scratch_off = fence ? trial(scratch, nullptr, *fence) : fence.error();
  if (told_.scratch_off.empty()) fence_ = *std::move(fence);
}

Result<User> Separation::usable(const std::string& name, const Scratch& scratch) const {
  Result<User> user = user_to_become(name);
  if (!user) return user;
  if (std::string trouble = trial(scratch, &*user, fence_); !trouble.empty()) return Error{std::move(trouble)};
  return user;
}

Result<const User*> Separation::user_of(const Definition& engine) {
  if (engine.user.empty()) return user_ ? &*user_ : nullptr;
  if (const auto known = users_.find(engine.user); known != users_.end()) return &known->second;
  Result<User> user = user_to_become(engine.user);
  if (!user)
    return Error{fmt::format("engine \"{}\" wants user: {} in engine.yaml: {}", engine.name, engine.user, user.error())};
  return &users_.emplace(engine.user, *std::move(user)).first->second;
}

Result<> Separation::renew(int own, Fd& ruleset, std::uint64_t& stamp) const {
  if (!fence_) return Done{};
  const std::uint64_t now = fence_->stamp();  // before the look: what comes in between makes it differ
  if (ruleset && stamp != 0 && stamp == now) return Done{};
  Result<Fd> made = fence_->open_but(own);
  if (!made) return Error{"fence around the work directory: " + made.error()};
  ruleset = *std::move(made);
  stamp = now;
  return Done{};
}

Result<> Separation::close_off(const Definition& engine, const User* user, const Fd& ruleset, Spawn& spawn) {
  spawn.user = user;
  spawn.fence = ruleset.get();
  if (engine.network) return Done{};
  if (!filter_) {
    Result<std::vector<sock_filter>> filter = network_filter();
    if (!filter) return Error{fmt::format("engine \"{}\": {}", engine.name, filter.error())};
    filter_ = *std::move(filter);
  }
  spawn.filter = &*filter_;
  return Done{};
}

}  // namespace cadre::engine
