// One process of a serve engine as the worker sees it: the pipes, what is still to be written, what was read and not
// yet understood. It decides nothing; serve_engine does.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "worker/engine/parts.hpp"
#include "worker/engine/serve_frames.hpp"
#include "worker/engine/stderr_log.hpp"

namespace cadre::engine {

struct ServeJob {
  Order order;
  std::string params;  // on one line
  std::string id;      // as in the lines
  WallTime started{};
  Stop cancel;  // asked to stop; the process may live on
  Duration grace{};
  std::uint64_t peak = 0;  // sampled
  Instant active_at{};
  Instant progress_at{};
  std::optional<EngineLine> progress_waiting;
};

struct ServeProcess {
  enum class State { starting, idle, busy, leaving };

  DefinitionPtr engine;
  std::uint64_t serial = 0;
  State state = State::starting;
  TreeKeeper::Started process;
  ScratchDirectory directory;
  std::string quoted_directory;
  std::optional<ServeJob> job;
  std::uint64_t jobs_done = 0;
  bool former = false;  // nobody will ask for this definition again

  Stop stop;  // of the process
  std::optional<Exit> exit;
  Instant started_at{};
  Instant idle_since{};
  Instant ping_at{};  // idle: when to ask, or until when to wait for the answer
  bool pinged = false;
  Instant next_check{};
  Instant bury_until{};
  Instant silent_since{};  // its stdout has ended

  // Pipes. Writes and reads never block.
  Fd in, out, err;
  StderrLog log;
  struct Chunk {
    std::string text;
    BodyPtr body;  // its payload, where text is empty
    std::string_view bytes() const { return body ? std::string_view{body->payload} : std::string_view{text}; }
  };
  std::deque<Chunk> to_write;
  std::size_t written = 0;        // of the first chunk
  bool waiting_for_room = false;  // EPOLLOUT is armed
  bool bye_said = false;          // close the pipe when everything is written

  std::string buffer;  // read, not yet understood
  std::size_t understood = 0;
  std::optional<EngineLine> announced;  // "done" whose bytes are still coming

  void say(Parts& parts, std::string line, BodyPtr body = nullptr);
  void flush(Parts& parts);
  enum class Read { more, dry, ended };
  Read read_some();  // from stdout into the buffer
  bool read_log();   // from stderr; true: there was something

  std::string_view unread() const { return std::string_view{buffer}.substr(understood); }
  void consume(std::size_t bytes);
  Output take_files();  // of `announced`, whose bytes are all in the buffer
};

// What is left in the directory between jobs belongs to nobody.
void tidy(const ServeProcess& process);

}  // namespace cadre::engine
