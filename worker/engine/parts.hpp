// What the parts of a host share. Internal to worker/engine.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "worker/engine/host.hpp"
#include "worker/engine/scratch.hpp"
#include "worker/engine/separation.hpp"
#include "worker/engine/tree_keeper.hpp"

namespace cadre::engine {

// What became readable or writable. Together with a serial number that is never used again it is the key in epoll: an
// event for something that ended earlier in the same batch finds nothing, and is dropped.
enum class Source : std::uint8_t { orphan, exec_end, exec_stderr, serve_end, serve_in, serve_out, serve_stderr };

inline std::uint64_t epoll_key(Source source, std::uint64_t serial) {
  return serial << 3 | static_cast<std::uint64_t>(source);
}

struct Parts {
  HostOptions options;
  Fd epoll;
  Scratch scratch;
  std::optional<Separation> separation;
  std::optional<TreeKeeper> keeper;
  std::vector<Event> events;  // to be handed over at the next turn
  std::uint64_t serial = 0;

  void watch(int fd, Source source, std::uint64_t serial_number, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.u64 = epoll_key(source, serial_number);
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) ::epoll_ctl(epoll.get(), EPOLL_CTL_MOD, fd, &event);
  }
  // Before a descriptor that stays readable is kept for a while: it would wake us without end.
  void unwatch(int fd) { ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, fd, nullptr); }
};

// The kill ladder of one process: who asked, and when patience ends.
struct Stop {
  std::optional<Cause> why;
  std::string message;
  Instant kill_at{};
  bool killed = false;

  // The first reason stays; a later call may shorten the grace, never lengthen it. True: the first call.
  bool ask(Instant now, Cause cause, std::string text, Duration grace) {
    const bool first = !why.has_value();
    if (first) why = cause;
    if (first) message = std::move(text);
    kill_at = first ? now + grace : std::min(kill_at, now + grace);
    return first;
  }
  bool due(Instant now) const { return why && !killed && now >= kill_at; }
};

inline void earliest(std::optional<Instant>& best, Instant candidate) {
  if (!best || candidate < *best) best = candidate;
}

// PATH, HOME, LANG, TZ and who the engine is: the same for exec and serve.
std::vector<std::string> base_environment(const HostOptions& options, const Definition& engine,
                                          const std::string& home);

// RLIMIT_FSIZE: no cap on results (that is `output_max`), but an end to a file that grows without one.
std::uint64_t file_bytes_max(std::uint64_t output_max);

// What it takes to start an engine's command.
struct Launch {
  const Definition& engine;
  const User* user = nullptr;  // Separation::user_of
  const Fd& ruleset;           // Separation::renew; may be none
  std::vector<std::string> environment;
  const std::string& directory;
  int in = -1, out = -1, err = -1;
  std::uint64_t output_max = 0;
};

// The message of a failure is for people.
struct StartFailure {
  Cause cause = Cause::engine_broken;
  std::string message;
};
std::optional<StartFailure> start_process(Parts& parts, Launch launch, TreeKeeper::Started& started);

// " of 1h (time_limit in engine.yaml)": which limit it was and where it stands; nothing where `why` is no limit.
std::string limit_words(Cause why, const Order& order);
std::string words_for(Cause why, const std::string& limit, bool had_to_be_killed, Duration grace);

}  // namespace cadre::engine
