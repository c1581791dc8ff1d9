// The checker itself: a history in which all went well passes, and each doctored one gets the verdict that it deserves.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "tests/soak/checker.hpp"
#include "tests/soak/plan.hpp"

namespace cadre::soak {
namespace {

constexpr const char* app = "cadre_app@localhost";
constexpr const char* purge = "cadre_purge@localhost";
constexpr std::uint64_t broker_link = 10, purge_link = 11;

JobId job(std::uint64_t sequence) { return JobId::make(Epoch{1}, sequence); }

Rules test_rules() {
  Rules rules;
  rules.keep_done = rules.keep_cancelled = 3s;
  rules.keep_dead = 6s;
  return rules;
}

// Writes histories as a cluster does in which nothing goes wrong: everything a step later than what it rests on.
class Writer {
 public:
  History history;

  void say(Event event) {
    event.t = now_ += 200'000'000;
    history.push_back(std::move(event));
  }
  void row(Event event, const char* account = app, std::uint64_t connection = broker_link) {
    event.n = ++rows_;
    event.account = account;
    event.connection = connection;
    say(std::move(event));
  }
  void grant(const std::string& name, const std::string& holder, std::uint64_t old_epoch, const char* account, std::uint64_t connection) {
    row({.what = What::lease, .who = holder, .name = name, .epoch = old_epoch + 1, .old_epoch = old_epoch, .held_after = true}, account, connection);
  }
  void turn(std::uint64_t old_epoch, std::uint64_t connection = purge_link, const std::string& holder = "master") {
    grant("cleanup/records", holder, old_epoch, purge, connection);
    grant("cleanup/place/1", holder, old_epoch, purge, connection);
  }
  void submitted(std::uint64_t number, const std::string& first_node = "w1") {
    const std::string key = "c1-" + std::to_string(number);
    say({.what = What::invoke, .who = "c1", .name = key, .digest = number});
    row({.what = What::job_in, .who = "c1", .name = key, .note = first_node, .job = job(number), .number = 3, .digest = number, .epoch = 1});
    say({.what = What::accepted, .who = "c1", .name = key, .job = job(number), .digest = number});
  }
  void attempt(std::uint64_t number, std::uint32_t attempt, const std::string& node) { row({.what = What::attempt_in, .who = node, .job = job(number), .number = attempt}); }
  void start(std::uint64_t number, std::uint32_t attempt, const std::string& node) { say({.what = What::start, .who = node, .job = job(number), .number = attempt}); }
  void end(std::uint64_t number, std::uint32_t attempt, const std::string& node) { say({.what = What::end, .who = node, .job = job(number), .number = attempt, .digest = number * 100 + attempt}); }
  void ended(std::uint64_t number, std::uint32_t attempt, JobState state = JobState::done) {
    row({.what = What::outcome_in, .job = job(number), .number = attempt, .state = state, .digest = state == JobState::done ? number * 100 + attempt : 0, .blob = number + 1000, .service = 1'000'000});
    say({.what = What::told, .who = "c1", .job = job(number), .number = attempt, .state = state, .digest = state == JobState::done ? number * 100 + attempt : 0});
  }
  void purged(std::uint64_t number, std::int64_t service = 10'000'000, const char* account = purge, std::uint64_t connection = purge_link) {
    row({.what = What::job_out, .who = "c1", .name = "c1-" + std::to_string(number), .job = job(number), .service = service}, account, connection);
    row({.what = What::outcome_out, .job = job(number)}, account, connection);
    row({.what = What::blob_out, .blob = number + 1000}, account, connection);
  }
  void has_key(std::uint64_t number) { say({.what = What::has_key, .who = "c1", .name = "c1-" + std::to_string(number), .job = job(number)}); }

 private:
  std::int64_t now_ = 0;
  std::uint64_t rows_ = 0;
};

// Jobs: 7 failed once and was cancelled while it waited for its next try; 1 done and purged; 2 failed once, done elsewhere, purged; 3 cancelled while it waited; 4 done and kept; 5 overlapped while
// its worker was paused; and a submit that had no answer, a conflict, a lease that was broken and taken again.
History good_history() {
  Writer w;
  w.grant("broker", "master pid 1", 0, app, broker_link);
  w.submitted(1);
  w.start(1, 1, "w1");
  w.end(1, 1, "w1");
  w.ended(1, 1);
  w.submitted(2);
  w.start(2, 1, "w1");
  w.row({.what = What::end_in, .who = "w1", .job = job(2), .number = 1});
  w.say({.what = What::told, .who = "c1", .job = job(2), .number = 1, .state = JobState::delayed});
  w.attempt(2, 2, "w2");
  w.start(2, 2, "w2");
  w.end(2, 2, "w2");
  w.ended(2, 2);
  w.submitted(3, "");
  w.row({.what = What::outcome_in, .job = job(3), .state = JobState::cancelled, .service = 1'000'000});
  w.say({.what = What::cancel_told, .who = "c1", .job = job(3), .state = JobState::cancelled});
  w.submitted(4);
  w.start(4, 1, "w1");
  w.end(4, 1, "w1");
  w.ended(4, 1);
  w.row({.what = What::kept_in, .job = job(4)});
  w.say({.what = What::kept, .who = "c1", .job = job(4)});
  w.submitted(5);
  w.start(5, 1, "w1");
  w.say({.what = What::fault_begin, .who = "w1", .note = "stop"});
  w.attempt(5, 2, "w2");
  w.start(5, 2, "w2");
  w.say({.what = What::fault_end, .who = "w1", .note = "stop"});
  w.end(5, 1, "w1");
  w.end(5, 2, "w2");
  w.ended(5, 2);
  w.submitted(7);
  w.start(7, 1, "w1");
  w.row({.what = What::end_in, .who = "w1", .job = job(7), .number = 1});
  w.say({.what = What::told, .who = "c1", .job = job(7), .number = 1, .state = JobState::delayed});
  w.ended(7, 0, JobState::cancelled);
  w.say({.what = What::invoke, .who = "c1", .name = "c1-6", .digest = 6});
  w.say({.what = What::unanswered, .who = "c1", .name = "c1-6"});
  w.say({.what = What::invoke, .who = "c1", .name = "c1-1", .digest = 77});
  w.say({.what = What::refused, .who = "c1", .name = "c1-1", .note = "the key is used", .digest = 77});
  w.turn(0);
  w.purged(1);
  w.row({.what = What::lease, .who = "master", .name = "cleanup/records", .epoch = 2, .old_epoch = 1, .held_before = true});
  w.row({.what = What::lease, .who = "master", .name = "cleanup/place/1", .epoch = 2, .old_epoch = 1, .held_before = true});
  w.turn(2, 12, "another");
  w.purged(2, 10'000'000, purge, 12);
  w.say({.what = What::told_unknown, .who = "c1", .job = job(1)});
  for (const std::uint64_t number : {3, 4, 5, 7}) w.say({.what = What::has_job, .job = job(number)});
  for (const std::uint64_t number : {1, 2, 3, 4, 5, 7}) w.has_key(number);
  return w.history;
}

std::size_t place(const History& history, What what, std::uint64_t number, std::uint32_t attempt = 0) {
  for (std::size_t i = 0; i < history.size(); ++i)
    if (history[i].what == what && history[i].job == job(number) && (attempt == 0 || history[i].number == attempt)) return i;
  throw std::runtime_error("no such event to doctor");
}
std::size_t lease_place(const History& history, const std::string& name, std::uint64_t epoch) {
  for (std::size_t i = 0; i < history.size(); ++i)
    if (history[i].what == What::lease && history[i].name == name && history[i].epoch == epoch) return i;
  throw std::runtime_error("no such lease to doctor");
}

TEST(Checker, AGoodHistoryPasses) {
  const History history = good_history();
  const Findings report = check(history, test_rules());
  EXPECT_TRUE(report.good()) << table(report) << shortest_story(history, report);
  EXPECT_EQ(report.accepted, 6u);
  EXPECT_EQ(report.recorded_once, 6u);
  EXPECT_EQ(report.purged, 2u);
  EXPECT_EQ(report.overlaps, 1u);
  EXPECT_EQ(report.kept, 1u);
  EXPECT_EQ(report.told_unknown, 1u);
  EXPECT_EQ(report.refused, 1u);
  EXPECT_EQ(shortest_story(history, report), "");
}

struct Doctored {
  const char* name;
  Promise verdict;
  std::function<void(History&)> doctor;
};
void PrintTo(const Doctored& one, std::ostream* out) { *out << one.name; }

void drop(History& h, std::size_t i) { h.erase(h.begin() + static_cast<std::ptrdiff_t>(i)); }
// One more row of the audit, right behind another.
void insert_row(History& h, std::size_t behind, Event event) {
  event.n = h[behind].n + 1;
  event.t = h[behind].t + 1;
  for (Event& other : h)
    if (other.n >= event.n) ++other.n;
  h.insert(h.begin() + static_cast<std::ptrdiff_t>(behind) + 1, std::move(event));
}
void again(History& h, std::size_t i) { insert_row(h, i, h[i]); }

const std::vector<Doctored>& doctored() {
  static const std::vector<Doctored> all{
      {"AJobThatWasAcceptedIsNotStored", Promise::lost, [](History& h) { drop(h, place(h, What::job_in, 4)); }},
      {"AJobVanishesWithoutADelete", Promise::lost, [](History& h) { drop(h, place(h, What::has_job, 5)); }},
      {"ItsKeyVanishes", Promise::lost, [](History& h) { drop(h, place(h, What::has_key, 1)); }},
      {"ItsKeyNamesAnother", Promise::lost, [](History& h) { h[place(h, What::has_key, 3)].job = job(4); }},
      {"TwoEnds", Promise::doubled, [](History& h) { again(h, place(h, What::outcome_in, 4)); }},
      {"StoredTwice", Promise::doubled, [](History& h) { again(h, place(h, What::job_in, 4)); }},
      {"TwoJobsUnderAKey", Promise::duplicate_key, [](History& h) { h[place(h, What::job_in, 5)].name = "c1-4"; }},
      {"AcceptedAsTwo", Promise::duplicate_key, [](History& h) {
         Event other = h[place(h, What::accepted, 4)];
         other.job = job(5);
         h.push_back(other);
       }},
      {"NobodySubmittedIt", Promise::phantom, [](History& h) { std::erase_if(h, [](const Event& e) { return e.what == What::invoke && e.name == "c1-5"; }); }},
      {"RowsOfAJobThatNeverWas", Promise::phantom, [](History& h) { h[place(h, What::end_in, 2)].job = job(99); }},
      {"RefusedForGoodAndStored", Promise::lied, [](History& h) { h[place(h, What::accepted, 5)].what = What::refused; }},
      {"AConflictAccepted", Promise::conflict_accepted, [](History& h) { h[place(h, What::accepted, 5)].digest = 77; }},
      {"SpeaksBeforeItPersists", Promise::told_too_early, [](History& h) { h[place(h, What::accepted, 5)].t = 0; }},
      {"TheEndIsToldTooEarly", Promise::told_too_early, [](History& h) { h[place(h, What::told, 4)].t = 0; }},
      {"StartedBeforeTheRow", Promise::told_too_early, [](History& h) { h[place(h, What::start, 2, 2)].t = h[place(h, What::end_in, 2)].t - 1'000'000'000; }},
      {"AnotherEndIsTold", Promise::told_otherwise, [](History& h) { h[place(h, What::told, 4)].state = JobState::dead; }},
      {"AnEndIsToldThatIsNotThere", Promise::told_otherwise, [](History& h) { drop(h, place(h, What::outcome_in, 4)); }},
      {"TheCancelCameToNothing", Promise::told_otherwise, [](History& h) { h[place(h, What::outcome_in, 3)].state = JobState::dead; }},
      {"UnknownThoughThere", Promise::told_otherwise, [](History& h) { h[place(h, What::told_unknown, 1)].job = job(4); }},
      {"KeptIsSaidAndNotDone", Promise::told_otherwise, [](History& h) { drop(h, place(h, What::kept_in, 4)); }},
      {"TheViewGoesBack", Promise::view_back, [](History& h) { h[place(h, What::told, 2, 1)].number = 3; }},
      {"AnEndChangesForAClient", Promise::view_back, [](History& h) {
         Event other = h[place(h, What::told, 4)];
         other.t += 1'000;
         other.state = JobState::dead;
         h.push_back(other);
       }},
      {"AnAttemptBehindTheEnd", Promise::after_the_end, [](History& h) { insert_row(h, place(h, What::outcome_in, 4), {.what = What::attempt_in, .who = "w2", .job = job(4), .number = 2}); }},
      {"ARowBehindThePurge", Promise::after_the_end, [](History& h) { insert_row(h, place(h, What::job_out, 1), {.what = What::end_in, .job = job(1), .number = 1}); }},
      {"DeletedAndStillThere", Promise::after_the_end, [](History& h) { h.push_back({.what = What::has_job, .job = job(2)}); }},
      {"AnOldAttemptEndsTheJob", Promise::attempts_back, [](History& h) { h[place(h, What::outcome_in, 2)].number = 1; }},
      {"ANumberUsedTwice", Promise::attempts_back, [](History& h) { again(h, place(h, What::attempt_in, 2)); }},
      {"TooManyStarts", Promise::attempts_over, [](History& h) { h[place(h, What::job_in, 2)].number = 1; }},
      {"StartedTwice", Promise::started_twice, [](History& h) { h.push_back(h[place(h, What::start, 4)]); }},
      {"StartedWithoutAnAttempt", Promise::started_unknown, [](History& h) { h[place(h, What::start, 4)].number = 2; }},
      {"StartedElsewhere", Promise::started_unknown, [](History& h) { h[place(h, What::start, 4)].who = "w3"; }},
      {"ReRunEarly", Promise::early_rerun, [](History& h) { std::erase_if(h, [](const Event& e) { return e.what == What::fault_begin; }); }},
      {"AResultThatNobodyMade", Promise::wrong_result, [](History& h) { h[place(h, What::outcome_in, 4)].digest = 5; }},
      {"TheResultOfAnotherAttempt", Promise::wrong_result, [](History& h) { h[place(h, What::end, 5, 2)].number = 1; }},
      {"AnotherResultIsGiven", Promise::wrong_result, [](History& h) { h[place(h, What::told, 4)].digest = 5; }},
      {"NeverEnded", Promise::never_ended, [](History& h) {
         drop(h, place(h, What::outcome_in, 3));
         drop(h, place(h, What::cancel_told, 3));
       }},
      {"StuckAtTheEnd", Promise::never_ended, [](History& h) { h.push_back({.what = What::stuck, .note = "jobs are open"}); }},
      {"AnOpenJobIsPurged", Promise::live_row_purged, [](History& h) { drop(h, place(h, What::outcome_in, 1)); }},
      {"AnOutcomeOfALivingJobIsPurged", Promise::live_row_purged, [](History& h) { h[place(h, What::outcome_out, 1)].job = job(4); }},
      {"AResultOfALivingJobIsPurged", Promise::live_row_purged, [](History& h) {
         for (Event& e : h)
           if (e.what == What::blob_out && e.blob == 1001) e.blob = 1004;
       }},
      {"AKeptJobIsPurged", Promise::kept_purged, [](History& h) { h[place(h, What::kept_in, 4)].job = job(1); }},
      {"PurgedTooEarly", Promise::purged_too_early, [](History& h) { h[place(h, What::job_out, 1)].service = 3'999'999; }},
      {"AKeyIsPurged", Promise::key_purged, [](History& h) { insert_row(h, place(h, What::job_out, 1), {.what = What::key_out, .who = "c1", .name = "c1-1", .account = purge, .job = job(1), .connection = purge_link}); }},
      {"PurgedByTheApplication", Promise::purged_by_other, [](History& h) { h[place(h, What::job_out, 1)].account = app; }},
      {"PurgedWithoutATurn", Promise::purge_without_turn, [](History& h) { h[place(h, What::job_out, 1)].connection = 99; }},
      {"PurgedAfterTheLeaseWasBroken", Promise::purge_without_turn, [](History& h) { h[place(h, What::job_out, 2)].connection = purge_link; }},
      {"PurgedWithoutAPlace", Promise::purge_without_turn, [](History& h) { h[lease_place(h, "cleanup/place/1", 3)].connection = 99; }},
      {"GrantedWhileHeld", Promise::held_twice, [](History& h) { h[lease_place(h, "cleanup/records", 3)].held_before = true; }},
      {"ATurnChangesHandsUnseen", Promise::held_twice, [](History& h) {
         insert_row(h, lease_place(h, "cleanup/records", 1), {.what = What::lease, .who = "another", .name = "cleanup/records", .epoch = 1, .old_epoch = 1, .held_before = true, .held_after = true});
       }},
      {"ABrokenLeaseIsHeldOn", Promise::held_twice, [](History& h) {
         insert_row(h, lease_place(h, "cleanup/records", 2), {.what = What::lease, .who = "master", .name = "cleanup/records", .epoch = 2, .old_epoch = 2, .held_after = true});
       }},
      {"AnEpochGoesBack", Promise::epoch_back, [](History& h) { h[lease_place(h, "cleanup/records", 3)].epoch = 1; }},
      {"AnEpochChangesUnseen", Promise::epoch_back, [](History& h) { drop(h, lease_place(h, "cleanup/records", 2)); }},
      {"AWriteOfAStaleBroker", Promise::stale_write, [](History& h) {
         insert_row(h, place(h, What::outcome_in, 4), {.what = What::lease, .who = "master pid 2", .name = "broker", .epoch = 2, .old_epoch = 1, .held_after = true});
       }},
      {"AnEngineLosesItsFiles", Promise::live_file_purged, [](History& h) { h[place(h, What::end, 4)].whole = false; }},
      {"AFileOutsideIsRemoved", Promise::foreign_file_gone, [](History& h) { h.push_back({.what = What::file_gone, .name = "outside/linked"}); }},
      {"AnOrphanStays", Promise::orphan_stays, [](History& h) { h.push_back({.what = What::file_stays, .name = "w1-spool/unknown"}); }},
      {"RowsAreLeftOver", Promise::orphan_stays, [](History& h) { h.push_back({.what = What::left_over, .note = "rows in attempt"}); }},
      {"OldRecordsStay", Promise::orphan_stays, [](History& h) { h.push_back({.what = What::unpurged, .note = "3 jobs"}); }},
      {"ABlobIsTorn", Promise::torn_blob, [](History& h) { h.push_back({.what = What::torn, .note = "half of it", .job = job(4)}); }},
      {"ADaemonEndsByItself", Promise::died, [](History& h) { h.push_back({.what = What::died, .who = "broker", .note = "exit code 134"}); }},
  };
  return all;
}

class DoctoredHistory : public testing::TestWithParam<Doctored> {};

TEST_P(DoctoredHistory, GetsItsVerdict) {
  History history = good_history();
  GetParam().doctor(history);
  const Findings report = check(history, test_rules());
  EXPECT_GT(report.of(GetParam().verdict), 0u) << to_string(GetParam().verdict) << "\n" << table(report);
  EXPECT_FALSE(report.good());
  const std::string story = shortest_story(history, report);
  EXPECT_GE(std::count(story.begin(), story.end(), '\n'), 1) << story;
}

INSTANTIATE_TEST_SUITE_P(All, DoctoredHistory, testing::ValuesIn(doctored()), [](const auto& one) { return std::string(one.param.name); });

TEST(Checker, EveryPromiseIsDoctoredAtLeastOnce) {
  for (std::size_t i = 0; i < promises; ++i)
    EXPECT_TRUE(std::any_of(doctored().begin(), doctored().end(), [&](const Doctored& one) { return one.verdict == static_cast<Promise>(i); })) << to_string(static_cast<Promise>(i));
}

TEST(Checker, TheStoryHasOnlyWhatBelongsToIt) {
  History history = good_history();
  history[place(history, What::outcome_in, 5)].digest = 4711;
  const std::string story = shortest_story(history, check(history, test_rules()));
  for (const char* part : {"c1 submits c1-5", "engine: 1-5/2 starts on w2", "1-5 is done by attempt 2", "nemesis: w1: stop"}) EXPECT_NE(story.find(part), std::string::npos) << part << "\n" << story;
  for (const char* part : {"1-4", "1-2 ", "cleanup/records"}) EXPECT_EQ(story.find(part), std::string::npos) << part << "\n" << story;
}

TEST(Checker, AMillionEventsTakeSeconds) {
  Writer w;
  w.grant("broker", "master pid 1", 0, app, broker_link);
  w.turn(0);
  constexpr std::uint64_t jobs = 84'000;  // twelve events each
  for (std::uint64_t number = 1; number <= jobs; ++number) {
    w.submitted(number);
    w.start(number, 1, "w1");
    w.end(number, 1, "w1");
    w.ended(number, 1);
    w.has_key(number);
    w.purged(number);
  }
  EXPECT_GT(w.history.size(), 900'000u);
  const auto began = monotonic_ns();
  const Findings report = check(w.history, test_rules());
  const double seconds = static_cast<double>(monotonic_ns() - began) / 1e9;
  EXPECT_TRUE(report.good()) << table(report);
  EXPECT_EQ(report.purged, jobs);
  EXPECT_LT(seconds, 30.0);
  std::printf("%zu events in %.2f s\n", w.history.size(), seconds);
}

TEST(SoakHistory, ALineIsReadAsItWasWritten) {
  for (const Event& event : good_history()) {
    const auto read = from_line(to_line(event));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, event) << to_line(event);
  }
  EXPECT_FALSE(from_line("{\"what\":\"nonsense\"}"));
  EXPECT_FALSE(from_line("{\"what\":\"told\",\"job\":5}"));
  EXPECT_FALSE(from_line("{"));
}

TEST(SoakHistory, ALineThatWasCutShortIsLeftOutAndAnyOtherIsAnError) {
  char name[] = "/tmp/cadre-soak-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::filesystem::path directory = name;
  Diary(directory / "a.jsonl").tell({.what = What::start, .who = "w1", .job = job(1), .number = 1});
  std::ofstream(directory / "a.jsonl", std::ios::app) << "{\"t\":5,\"wh";
  const auto cut = read_history(directory);
  ASSERT_TRUE(cut) << cut.error();
  EXPECT_EQ(cut->size(), 1u);
  std::ofstream(directory / "a.jsonl", std::ios::app) << "\n{}\n";
  EXPECT_FALSE(read_history(directory));
  std::filesystem::remove_all(directory);
}

TEST(Plan, OneSeedIsOnePlan) {
  const PlanRules rules{10min, {"w1", "w2", "w3"}, 3s, 30s};
  const auto faults = plan(7, rules);
  EXPECT_EQ(faults, plan(7, rules));
  EXPECT_NE(faults, plan(8, rules));
  EXPECT_GT(faults.size(), 300u);
}

TEST(Plan, FaultsOverlapButNotOnOneTarget) {
  const PlanRules rules{10min, {"w1", "w2", "w3"}, 3s, 30s};
  std::size_t overlapping = 0, longer_than_a_lease = 0, longer_than_a_turn = 0, rivals = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto faults = plan(seed, rules);
    for (std::size_t i = 0; i < faults.size(); ++i) {
      const Fault& fault = faults[i];
      EXPECT_LT(fault.begin, fault.end);
      EXPECT_LT(fault.end, rules.length);
      const bool stop = fault.kind == Kind::stop;
      longer_than_a_lease += stop && fault.end - fault.begin > rules.lease_ttl;
      longer_than_a_turn += stop && fault.end - fault.begin > rules.turn_ttl;
      rivals += fault.kind == Kind::rival;
      for (std::size_t k = i + 1; k < faults.size() && faults[k].begin < fault.end; ++k) {
        EXPECT_NE(faults[k].target, fault.target) << describe({fault, faults[k]});
        ++overlapping;
      }
    }
  }
  EXPECT_GT(overlapping, 100u);
  EXPECT_GT(longer_than_a_lease, 20u);
  EXPECT_GE(longer_than_a_turn, 20u);
  EXPECT_GT(rivals, 20u);
}

}  // namespace
}  // namespace cadre::soak
