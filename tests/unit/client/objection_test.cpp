// A job that no broker could read is refused before it is sent, with what was wanted and what was found; whatever passes
// here can be decoded.
#include "common/client/objection.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "common/protocol/codec.hpp"

namespace cadre {
namespace {

constexpr std::uint64_t payload_max = 100;

JobRequest good() {
  JobRequest job;
  job.key = "invoice-4711";
  job.engine = "echo";
  job.body = std::make_shared<Body>(Body{"{}", "payload"});
  return job;
}

struct Case {
  const char* name;
  std::function<void(JobRequest&)> spoil;
  const char* told;
};

class BadJob : public testing::TestWithParam<Case> {};

TEST_P(BadJob, IsToldAndWouldNotBeRead) {
  JobRequest job = good();
  GetParam().spoil(job);
  const auto why = objection_to(job, payload_max);
  ASSERT_TRUE(why.has_value());
  EXPECT_NE(why->find(GetParam().told), std::string::npos) << *why;
  if (!job.body) return;  // cannot be said at all
  const Frames frames = encode(Submit{{job}});
  EXPECT_FALSE(decode(frames.header, frames.payload, payload_max));
}

INSTANTIATE_TEST_SUITE_P(
    , BadJob,
    testing::Values(Case{"engine_empty", [](JobRequest& j) { j.engine = ""; }, "the engine '' is not a name"},
                    Case{"engine_bytes", [](JobRequest& j) { j.engine = "a\xff"; }, "the engine 'a\\xff' is not a name: 1 to 64"},
                    Case{"queue", [](JobRequest& j) { j.queue = "a b"; }, "the queue 'a b' is not a name"},
                    Case{"batch", [](JobRequest& j) { j.batch = ".x"; }, "the batch '.x' is not a name"},
                    Case{"key_utf8", [](JobRequest& j) { j.key = "\xc3"; }, "the submit key '\\xc3' is not text in UTF-8"},
                    Case{"key_long", [](JobRequest& j) { j.key = std::string(201, 'k'); }, "the submit key has 201 bytes, the limit is 200"},
                    Case{"priority", [](JobRequest& j) { j.priority = 101; }, "the priority is 101, -100 to 100"},
                    Case{"attempts", [](JobRequest& j) { j.attempts_max = 0; }, "the attempts are 0, 1 to 1000"},
                    Case{"backoff", [](JobRequest& j) { j.backoff = -1s; }, "a duration is negative"},
                    Case{"limit", [](JobRequest& j) { j.time_limit = std::chrono::hours(24 * 365 * 31); }, "at most 262800h"},
                    Case{"no_body", [](JobRequest& j) { j.body = nullptr; }, "no body"},
                    Case{"params_utf8", [](JobRequest& j) { j.body = std::make_shared<Body>(Body{"\xff", ""}); }, "the JSON of the parameters '\\xff' is not text"},
                    Case{"params_long", [](JobRequest& j) { j.body = std::make_shared<Body>(Body{std::string(65'537, ' '), ""}); }, "the JSON of the parameters has 65537 bytes"},
                    Case{"payload", [](JobRequest& j) { j.body = std::make_shared<Body>(Body{"{}", std::string(101, 'x')}); },
                         "the payload has 101 bytes, the limit is 100"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(GoodJob, IsReadAsItWasSent) {
  JobRequest job = good();
  job.key = std::string(200, 'k');
  job.batch = "monday";
  job.time_limit = std::chrono::hours(24 * 365 * 30);
  job.body = std::make_shared<Body>(Body{"{\"\xc3\xbc\":1}", std::string("\xff\x00 any bytes", 12)});
  EXPECT_EQ(objection_to(job, payload_max).value_or(""), "");
  const Frames frames = encode(Submit{{job}});
  const auto read = decode(frames.header, frames.payload, payload_max);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(std::get<Submit>(*read).jobs.at(0).body->payload, job.body->payload);
}

}  // namespace
}  // namespace cadre
