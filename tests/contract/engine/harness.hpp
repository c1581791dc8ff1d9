// A worker in miniature around the real host: a spool of its own, one turn after another until what a test waits for
// has happened or a deadline has passed. Nothing sleeps: every wait is a poll of the host's descriptor.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "worker/engine/host.hpp"

namespace cadre::engine::test {

inline constexpr Duration patience = 20s;  // of a test that would fail; nothing that works takes that long

Clock read_clocks();

// A new empty directory that goes with its owner.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, const std::string& text, bool executable = false);
std::string read_file(const std::filesystem::path& path);

// True as soon as the process is gone (or a zombie); false when it still lives after `limit`.
bool gone_within(pid_t pid, Duration limit);

class Bench {
 public:
  explicit Bench(HostOptions options = {});

  AttemptId start(DefinitionPtr engine, const std::string& params, std::string payload = {});
  AttemptId start(Order order);
  Order order(DefinitionPtr engine, const std::string& params, std::string payload = {}) const;

  // Turns until it has ended; a default AttemptEnd and a test failure where it does not within `patience`.
  AttemptEnd end_of(AttemptId attempt);
  AttemptEnd run(DefinitionPtr engine, const std::string& params, std::string payload = {});
  void kill(AttemptId attempt, Cause why, Duration grace);
  // Turns until `done` holds; false after `limit`.
  bool until(const std::function<bool()>& done, Duration limit = patience);
  bool progressed(AttemptId attempt);  // turns until a Progress event of it was seen

  Host& host() { return *host_; }
  void close() { host_.reset(); }
  const std::filesystem::path& spool() const { return spool_.path(); }
  std::size_t directories() const;  // in SPOOL/attempts, but for the emptied ones that are kept
  std::vector<Progress> progress;
  std::vector<Active> active;
  std::uint64_t output_max = 8u << 20;
  std::uint64_t memory_limit = 0;

 private:
  Directory spool_;
  std::unique_ptr<Host> host_;
  mutable std::uint64_t sequence_ = 0;
  std::vector<AttemptEnd> ends_;
};

// The definitions of the suite.
DefinitionPtr behave(EngineMode mode);
DefinitionPtr builtin(const std::string& name);
DefinitionPtr script(const Directory& directory, const std::string& text, EngineMode mode = EngineMode::exec);
DefinitionPtr with(DefinitionPtr engine, const std::function<void(Definition&)>& change);

std::string only_output(const AttemptEnd& end);  // of the one file "stdout"; a test failure where it is otherwise

}  // namespace cadre::engine::test
