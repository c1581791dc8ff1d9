// What an ended attempt means, as a table; and how long the next try waits.
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/core/verdict.hpp"

namespace cadre {
namespace {

Job job(int tries, int attempts_max, int deaths = 0) {
  Job made;
  made.id = JobId{42};
  made.state = JobState::leased;
  made.tries = static_cast<std::uint16_t>(tries);
  made.attempts_max = static_cast<std::uint16_t>(attempts_max);
  made.deaths = static_cast<std::uint16_t>(deaths);
  made.attempt = static_cast<std::uint32_t>(tries);
  made.backoff = 1s;
  return made;
}

AttemptEnd failed(Cause cause, int code = 0) {
  AttemptEnd end;
  end.kind = EndKind::failed;
  end.cause = cause;
  end.code = code;
  return end;
}

Reason buried(const Verdict& verdict) {
  const auto* bury = std::get_if<Bury>(&verdict.what);
  return bury == nullptr ? Reason::none : bury->reason;
}

TEST(Verdict, reads_exit_codes_as_sysexits_does) {
  const Job fresh = job(1, 3);
  EXPECT_EQ(buried(judge(fresh, failed(Cause::exit_code, 65))), Reason::bad_input);
  EXPECT_EQ(buried(judge(fresh, failed(Cause::exit_code, 77))), Reason::no_permission);
  for (const int code : {64, 78}) {
    const Verdict verdict = judge(fresh, failed(Cause::exit_code, code));
    EXPECT_EQ(buried(verdict), Reason::misconfigured);
    EXPECT_EQ(verdict.health, EngineHealth::broken);
  }
  for (const int code : {69, 75}) EXPECT_TRUE(std::get<TryAgain>(judge(fresh, failed(Cause::exit_code, code)).what).elsewhere);
  EXPECT_FALSE(std::get<TryAgain>(judge(fresh, failed(Cause::exit_code, 1)).what).elsewhere);
}

TEST(Verdict, an_engine_that_never_ran_costs_no_try) {
  const Job last_try = job(3, 3);
  AttemptEnd given_back;
  given_back.kind = EndKind::not_started;
  EXPECT_FALSE(std::get<TryAgain>(judge(last_try, given_back).what).costs_a_try);
  const Verdict broken = judge(last_try, failed(Cause::engine_broken));
  EXPECT_FALSE(std::get<TryAgain>(broken.what).costs_a_try);
  EXPECT_TRUE(std::get<TryAgain>(broken.what).elsewhere);
  EXPECT_EQ(broken.health, EngineHealth::broken);
}

TEST(Verdict, every_failure_ends_when_the_tries_are_used_up) {
  for (const Cause cause : {Cause::none, Cause::exit_code, Cause::signal, Cause::out_of_memory, Cause::time_limit, Cause::stall,
                            Cause::protocol, Cause::abandoned, Cause::lease_lost, Cause::node_lost, Cause::scratch}) {
    EXPECT_TRUE(std::holds_alternative<TryAgain>(judge(job(2, 3), failed(cause, 1)).what)) << to_string(cause);
    EXPECT_EQ(buried(judge(job(3, 3), failed(cause, 1))), Reason::attempts_exhausted) << to_string(cause);
    EXPECT_EQ(buried(judge(job(3, 3, 2), failed(cause, 1))), Reason::poison) << to_string(cause);
  }
}

TEST(RetryDelay, doubles_from_half_to_whole_and_is_bounded_and_the_same_each_time) {
  EXPECT_TRUE(rc::check([] {
    Job one = job(*rc::gen::inRange(1, 60), 100);
    one.id = JobId{*rc::gen::arbitrary<std::uint64_t>()};
    one.backoff = Duration{*rc::gen::inRange<std::int64_t>(1'000, 100'000'000)};
    const Duration most = Duration{*rc::gen::inRange<std::int64_t>(1'000, 600'000'000)};
    const int doublings = std::min(one.tries - 1, 20);
    const Duration whole = std::min(most, one.backoff * (std::int64_t{1} << doublings));
    const Duration wait = retry_delay(one, most);
    RC_ASSERT(wait >= whole / 2);
    RC_ASSERT(wait <= whole);
    RC_ASSERT(wait == retry_delay(one, most));
  }));
}

TEST(RetryDelay, spreads_jobs_that_failed_together) {
  std::set<Duration> waits;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    Job one = job(1, 3);
    one.id = JobId{id};
    waits.insert(retry_delay(one, 10min));
  }
  EXPECT_GT(waits.size(), 95u);
}

}  // namespace
}  // namespace cadre
