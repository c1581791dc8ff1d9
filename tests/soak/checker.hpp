// The history checker: what was promised (guarantees.md) against what clients were told, engines did and the database wrote
// down. A pure function of a history; it knows no database and no process, so it is tested with doctored ones.
//
// Which order is known. All times are of one clock. Rows of the audit are numbered in order of writing, not of commit; yet for
// the rows that are compared here both are the same, because locks make one wait for the other's commit: a fact's transaction
// holds the seat's lease row shared and a grant takes it alone, the same for a purge and its turn's two rows; and whoever
// deletes or keeps a job locks its row. Nothing else is concluded from the numbers.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/soak/history.hpp"

namespace cadre::soak {

// What may be broken, each with its name in the table of figures.
enum class Promise : std::uint8_t {
  lost,                 // accepted, but not stored; or stored as something else
  doubled,              // more than one end recorded
  duplicate_key,        // more than one job under a key
  phantom,              // a job that nobody has submitted
  lied,                 // definitely refused, and stored
  conflict_accepted,    // another payload under a used key was accepted
  told_too_early,       // said before it was written
  told_otherwise,       // what a client was told is not what is recorded
  view_back,            // what a client sees of a job went back
  after_the_end,        // facts behind a job's end, or behind its removal
  attempts_back,        // attempt numbers do not grow, or one that was not current has ended the job
  attempts_over,        // more starts than attempts_max
  started_twice,        // one attempt, two engines
  started_unknown,      // an engine for an attempt that is not recorded, or on another node
  early_rerun,          // two engines of one job at once, although the first one's worker was not paused
  wrong_result,         // the result is not what the recorded attempt's engine made
  never_ended,          // open when all faults were long over
  live_row_purged,      // a job without an end, or what belongs to a job that is still there
  kept_purged,          // although a person keeps it
  purged_too_early,     // before its retention was over, by service time
  key_purged,           // a submit key younger than seven days
  purged_by_other,      // rows deleted by another account
  purge_without_turn,   // rows deleted by one who had no current turn
  held_twice,           // a lease granted while another had it
  epoch_back,           // an epoch that did not grow, or that somebody changed unseen
  stale_write,          // a job stored under an epoch of the seat that was over
  live_file_purged,     // files of a running engine
  foreign_file_gone,    // files outside of the spools
  orphan_stays,         // files without an owner, old records, rows of jobs that are gone: after the turns that were due
  torn_blob,            // a payload or result that is not whole
  died,                 // a daemon ended by itself
  count
};
inline constexpr std::size_t promises = static_cast<std::size_t>(Promise::count);
std::string_view to_string(Promise promise);   // for the table
std::string_view explain(Promise promise);     // a sentence

struct Rules {
  Duration keep_done{}, keep_dead{}, keep_cancelled{};
  std::string purge_account = "cadre_purge@localhost";
  std::int64_t clock_slack_ns = 100'000'000;   // between the clocks of audit and clients: wall time, converted once
};

struct Broken {
  Promise promise = Promise::lost;
  std::string what{};                          // in words
  JobId job{};                                 // whose story it is; else
  std::string name{};                          // a lease, a key, a daemon
  std::string client{};                        // whose key
};

struct Findings {
  std::array<std::size_t, promises> broken{};
  std::vector<Broken> first;                   // of each promise a few
  // Figures that are no fault.
  std::size_t accepted = 0, recorded_once = 0, recovered = 0, refused = 0, starts = 0, overlaps = 0, purged = 0, grants = 0, broken_leases = 0,
              turns_asked = 0, faults = 0, told = 0, told_unknown = 0, kept = 0;
  bool good() const;
  std::size_t of(Promise promise) const { return broken[static_cast<std::size_t>(promise)]; }
};

Findings check(const History& history, const Rules& rules);

// The events of one breach in order of time, in words, with the faults that were on meanwhile; of all in `report.first` the
// shortest one.
std::string shortest_story(const History& history, const Findings& report);
std::string table(const Findings& report);       // for people
std::string json(const Findings& report);

}  // namespace cadre::soak
