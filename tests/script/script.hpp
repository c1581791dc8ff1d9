// Dialogues with a core: what is said, and everything the core does about it.
//
//   # What is true, and why it matters.
//   INPUT -> EXPECTED | EXPECTED
//
// A stage holds the core and turns one line of input into the words for what the core did. Nothing that a core does is
// left out, so an effect that nobody expected fails the test. CADRE_REWRITE_SCRIPTS=1 writes what happened into the file:
// read every line of it before you keep it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace cadre::script {

// One saying, taken apart: plain words in order, and name=value pairs. Quotes keep spaces: trouble="spool full".
// Every word must be used: a misspelt one would otherwise test nothing.
class Words {
 public:
  explicit Words(const std::string& text);
  std::string next(const std::string& wanted);           // the next plain word; a fault where there is none
  std::optional<std::string> maybe();
  bool take(const std::string& word);                    // the next plain word, if it is this one
  std::optional<std::string> named(const std::string& name);
  std::string named(const std::string& name, const std::string& fallback) { return named(name).value_or(fallback); }
  std::uint64_t number(const std::string& name, std::uint64_t fallback);
  Duration duration(const std::string& name, Duration fallback);
  void all_used() const;

 private:
  std::string text_;
  std::vector<std::string> plain_;
  std::size_t at_ = 0;
  std::map<std::string, std::string> named_;
};

std::vector<std::string> split(const std::string& text, const std::string& by);
std::uint64_t parse_count(const std::string& text);
Duration parse_duration(const std::string& text);        // "250ms", "31s", "5m", "1h"

// job7 is the seventh job of the broker in the script (epoch 2); old7 one of the broker before it (epoch 1).
JobId parse_job(const std::string& text);
AttemptId parse_attempt(const std::string& text);        // "job7/1"
std::vector<AttemptId> parse_attempts(const std::string& text);
std::string name_of(JobId id);
std::string name_of(AttemptId id);
inline constexpr Epoch epoch_now{2};
inline constexpr Epoch epoch_before{1};

class Stage {
 public:
  virtual ~Stage() = default;
  // What the core did about it, one saying each. Throws std::runtime_error on a line that it does not understand.
  virtual std::vector<std::string> play(const std::string& input) = 0;
};

// Plays the whole file. Nothing, or the dialogue with every difference.
std::optional<std::string> play_file(const std::filesystem::path& file, Stage& stage);

std::unique_ptr<Stage> broker_stage();
std::unique_ptr<Stage> worker_stage();

}  // namespace cadre::script
