// A node's turn of clean-up, as a machine that decides and does nothing: asks the broker whether it is its time, has the
// spool looked at, asks whose things are there, has removed what has had no owner for long enough, tells what was done.
//
//   idle --(every few seconds)--> asking --granted--> looking --> checking --> removing --> telling --> idle
//               ^                    | no               |            |             |           |
//               `--------------------'                  `------------'-------------'-----------'  no answer, no turn
//
// Where it is not our time, but somebody asks what a turn would remove (a dry run), the same is done without a turn, and
// `trying` stands in the place of `removing`: it finds out what could not be removed, and removes nothing.
//
// While removing, each batch of names needs a permit: an answer of the broker, asked for after the batch was wanted, that
// the turn is still ours (guarantees.md G10). So whoever was paused or cut off, and whose lease was broken or has run out,
// removes no more than the batch that it was in.
//
// No clock, thread, socket or file here: the worker's loop drives it, and so does the simulator. An answer that does not
// come, or does not make sense, removes nothing. Nothing throws.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/time.hpp"
#include "common/cleanup/orphans.hpp"
#include "common/cleanup/turn_words.hpp"
#include "common/protocol/message.hpp"

namespace cadre::cleanup {

// As of this step.
struct SweepPlace {
  Instant now{};                         // boot clock
  bool welcomed = false;
  Epoch epoch;                           // of the broker that welcomed us
  SessionId session;
  bool urgent = false;                   // the volume of the spool is nearly full
  std::function<Owned()> owned;          // what the worker answers for; asked when it matters
};

// --- inputs ---
struct SweepTick {};
struct Looked {                          // the order `look` was carried out
  std::vector<Entry> entries;
  std::string error;                     // not empty: this was no reading
};
struct BatchWanted {};                   // whoever removes has come to the next batch of names, and waits for its permit
struct Swept { FilesDone done; };        // the order `remove` was carried out, or ended
struct Tried { std::vector<std::string> left; };  // the order `try_out` was carried out: what would be left, and why
using SweepInput = std::variant<SweepTick, Answer, Looked, BatchWanted, Swept, Tried>;

// --- effects ---
struct SweepEffects {
  struct Remove {
    std::string cluster;
    std::vector<Entry> entries;
  };
  std::vector<Message> sends;
  std::optional<std::string> look;       // at the spool of this cluster; answered by Looked
  std::optional<Remove> remove;          // asking before each batch by BatchWanted; answered by Swept
  std::optional<Remove> try_out;         // remove nothing, look what could not be removed; answered by Tried
  std::optional<bool> permit;            // the batch that was wanted may be removed, or nothing more
  std::optional<bool> cleaning;          // cleaning begins, has ended: the broker gives less work meanwhile
  std::optional<FilesDone> swept;        // for the log
  std::optional<std::string> trouble;    // for the log, when it is another than the last
};

class SweepTurn {
 public:
  void step(const SweepPlace& place, const SweepInput& input, SweepEffects& effects);

  bool removing() const { return state_ == State::removing; }

 private:
  enum class State : std::uint8_t { idle, asking, looking, checking, removing, trying, telling };
  struct Step {
    const SweepPlace& place;
    SweepEffects& effects;
  };

  void on_tick(Step s);
  void on_answer(Step s, const Answer& answer);
  void on_turn(Step s, std::string_view json);
  void on_looked(Step s, const Looked& looked);
  void on_owned(Step s, std::string_view json);
  void on_renewed(Step s, const Answer& answer);
  void on_swept(Step s, const FilesDone& done);
  void begin_look(Step s);
  void try_out(Step s, const Owned& owned, std::vector<Entry> ripe);
  void on_tried(Step s, const Tried& tried);
  void tell_seen(Step s);

  void ask(Step s, const char* question, std::string arguments);
  void renew(Step s);
  void permit(Step s, bool yes);
  void tell(Step s, const FilesDone& done);
  void give_up(Step s, const std::string& why);
  void rest(Step s, Duration how_long);
  bool has_turn() const { return !only_looks() && (state_ == State::looking || state_ == State::checking || state_ == State::removing); }
  bool only_looks() const { return seen_told_.look != 0; }  // a dry run, from asking on
  // Until when we may act without another word: 0.8 of the time to live, from before the asking (guarantees.md R6).
  void extend(Instant asked_at) { deadline_ = asked_at + turn_.ttl * 4 / 5; }

  State state_ = State::idle;
  TurnAnswer turn_;
  Orphans orphans_;
  std::vector<Entry> seen_;
  FilesSeen seen_told_;                  // what a dry run has found so far
  std::uint64_t next_id_ = 1, waiting_for_ = 0, renewal_ = 0;  // ids of questions; 0: none is open
  Instant asked_at_{}, renewal_asked_at_{}, next_{}, deadline_{};
  bool batch_wanted_ = false;
  bool renewal_permits_ = false;         // the renewal under way was asked for after the batch was wanted
  std::string told_;
};

}  // namespace cadre::cleanup
