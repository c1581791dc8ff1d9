#include "broker/ctl/notices.hpp"

#include "broker/ctl/context.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

Notice failed_attempt() {
  Notice notice;
  notice.job = JobId::make(Epoch{1}, 17);
  notice.state = JobState::delayed;
  notice.attempt = 1;
  notice.node = "ext-01";
  notice.cause = Cause::exit_code;
  notice.code = 3;
  notice.message = "page 7 is missing";
  notice.stderr_tail = "one\ntwo\n";
  notice.retry_after = 2s;
  return notice;
}

// The first failure is seen at once, with everything that helps: where, how, what it said, and what happens next.
TEST(Notice, AFailedAttemptTellsCauseLogAndNextTry) {
  EXPECT_EQ(tell(failed_attempt(), "ocr"),
            "1-17 (ocr): attempt 1 on ext-01 failed: exit code 3: page 7 is missing\n"
            "  | one\n"
            "  | two\n"
            "  next try in 2s");
}

TEST(Notice, ADeadJobTellsWhyThereIsNoNextTry) {
  Notice notice = failed_attempt();
  notice.state = JobState::dead;
  notice.reason = Reason::bad_input;
  notice.retry_after = {};
  const std::string text = tell(notice, "");
  EXPECT_TRUE(contains(text, "1-17 is dead: the engine says that the input is bad"));
  EXPECT_TRUE(contains(text, "attempt 1 on ext-01 ended: exit code 3"));
  EXPECT_FALSE(contains(text, "next try"));
}

TEST(Notice, EveryReasonHasASentence) {
  for (int reason = 1; reason <= static_cast<int>(Reason::cancelled); ++reason) {
    Notice notice;
    notice.job = JobId::make(Epoch{1}, 1);
    notice.state = JobState::dead;
    notice.reason = static_cast<Reason>(reason);
    EXPECT_GT(tell(notice, "").size(), std::string("1-1 is dead: ").size()) << reason;
  }
}

TEST(Notice, LogsCannotCommandTheTerminal) {
  Notice notice = failed_attempt();
  notice.stderr_tail = "\x1b[2Jgone\n";
  EXPECT_TRUE(contains(tell(notice, ""), "  | \\x1b[2Jgone"));
}

TEST(Notice, UnknownJobs) {
  Notice notice;
  notice.job = JobId::make(Epoch{1}, 99);
  notice.unknown = true;
  EXPECT_TRUE(is_final(notice));
  EXPECT_FALSE(is_done(notice));
  EXPECT_EQ(tell(notice, ""), "1-99: there is no such job");
  EXPECT_TRUE(to_json(notice)["state"].is_null());
}

// The same words out of job.show, as the broker writes it (broker/shell/views).
TEST(Attempt, OutOfJobShow) {
  const auto attempt =
      nlohmann::json::parse(R"({"attempt": 2, "node": "m1", "assigned": "2026-11-24T08:00:00.000Z", "retry_after": 0.5,
    "end": {"result": "failed", "cause": "time_limit", "description": "time limit", "message": "", "stderr": "working\n"}})");
  const std::string text = tell_attempt(attempt);
  EXPECT_TRUE(contains(text, "attempt 2 on m1  2026-11-24T08:00:00.000Z  failed: time limit\n"));
  EXPECT_TRUE(contains(text, "    | working\n"));
  EXPECT_TRUE(contains(text, "next try after 500ms"));
  const auto running = nlohmann::json::parse(R"({"attempt": 1, "node": "m1", "assigned": "2026-11-24T08:00:00.000Z"})");
  EXPECT_TRUE(contains(tell_attempt(running), "runs"));
}

TEST(Job, IsNamedByIdOrKey) {
  EXPECT_NO_THROW(check_job_name("1-17"));
  EXPECT_NO_THROW(check_job_name("key:invoice-4711"));
  for (const char* wrong : {"", "17", "key:", "1-x", "invoice-4711"}) {
    const auto stop = stop_of([&] { check_job_name(wrong); });
    EXPECT_EQ(stop.code, Exit::usage) << wrong;
  }
}

TEST(Refusal, HasAnExitCodeForScripts) {
  EXPECT_EQ(exit_of_refusal("the broker is starting; try again"), Exit::again);
  EXPECT_EQ(exit_of_refusal("no answer to 'status' after 10s"), Exit::again);
  EXPECT_EQ(exit_of_refusal("'key.list' is for administrators; the key of 'anna' is admitted as client"),
            Exit::not_allowed);
  EXPECT_EQ(exit_of_refusal("there is no job '1-9'"), Exit::not_so);
}

}  // namespace
}  // namespace cadre::ctl
