// Names, UTF-8, roles, and what makes two submits the same.
#include <map>

#include <gtest/gtest.h>

#include "common/protocol/message.hpp"

namespace cadre {
namespace {

TEST(Names, are_names) {
  for (const char* good : {"a", "Z9", "_x", "a.b-c_d", "stdout"}) EXPECT_TRUE(is_name(good)) << good;
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  EXPECT_FALSE(is_name(std::string(65, 'a')));
  for (const char* bad : {"", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "é", "a:b"}) EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_FALSE(is_name(std::string_view("a\0b", 3)));
}

TEST(Utf8, takes_what_is_text_and_nothing_else) {
  for (const char* good : {"", "plain", "é", "€", "\U0001f600", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82",
                          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(bad));
}

// The table of PROTOCOL.md 4, written out once more: who may say what.
TEST(Roles, may_say_what_the_page_says) {
  const std::map<std::string_view, std::string> who{
      {"hello", "wca"}, {"beat", "w"}, {"report", "w"}, {"goodbye", "w"}, {"submit", "ca"}, {"wait", "ca"},
      {"cancel", "ca"}, {"ask", "wca"}, {"fetch_result", "ca"}, {"join", "wj"}};
  const std::vector<Message> all{Hello{}, Welcome{}, Greet{}, Beat{}, BeatHeard{}, Assign{}, Report{}, Noted{}, Abandon{},
                                 Goodbye{}, Submit{}, Submitted{}, Wait{}, Notices{}, Cancel{}, Cancelled{}, Ask{}, Answer{},
                                 FetchResult{}, ResultAnswer{}, Refusal{}, Join{}, Joined{}};
  ASSERT_EQ(all.size(), std::variant_size_v<Message>);
  for (const auto& message : all) {
    const auto place = who.find(name_of(message));
    const std::string roles = place == who.end() ? "" : place->second;
    EXPECT_EQ(allowed(Role::worker, message), roles.find('w') != std::string::npos) << name_of(message);
    EXPECT_EQ(allowed(Role::client, message), roles.find('c') != std::string::npos) << name_of(message);
    EXPECT_EQ(allowed(Role::admin, message), roles.find('a') != std::string::npos) << name_of(message);
    EXPECT_EQ(allowed(Role::join, message), roles.find('j') != std::string::npos) << name_of(message);
  }
}

TEST(Words, read_what_they_write) {
  for (int i = 0; i <= static_cast<int>(Role::join); ++i) EXPECT_EQ(parse_role(to_string(static_cast<Role>(i))), static_cast<Role>(i));
  for (int i = 0; i <= static_cast<int>(JobState::cancelled); ++i)
    EXPECT_EQ(parse_job_state(to_string(static_cast<JobState>(i))), static_cast<JobState>(i));
  EXPECT_FALSE(parse_role("root"));
  EXPECT_FALSE(parse_job_state(""));
  EXPECT_EQ(describe(Cause::exit_code, 2), "exit code 2");
  EXPECT_EQ(describe(Cause::signal, 11), "killed by signal 11 (Segmentation fault)");
}

TEST(Digest, is_of_the_content_alone) {
  JobRequest job;
  job.engine = "e";
  job.body = std::make_shared<Body>(Body{"{}", "payload"});
  const Digest digest = digest_of(job);
  const auto same = [&](auto change) {
    JobRequest other = job;
    change(other);
    return digest_of(other) == digest;
  };
  EXPECT_TRUE(same([](JobRequest& j) { j.ticket = 9; j.key = "other"; j.watch = Watch::result; }));
  EXPECT_TRUE(same([](JobRequest& j) { j.body = std::make_shared<Body>(Body{"{}", "payload"}); }));
  EXPECT_FALSE(same([](JobRequest& j) { j.engine = "f"; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.queue = "q"; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.batch = "b"; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.priority = 1; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.attempts_max = 1; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.backoff = 2s; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.not_before = WallTime{1s}; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.not_after = WallTime{1s}; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.time_limit = 1s; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.stall_limit = 1s; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.memory_limit = 1; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.retry_of = JobId{1}; }));
  EXPECT_FALSE(same([](JobRequest& j) { j.body = std::make_shared<Body>(Body{"{}p", "ayload"}); }));  // the border moved
}

}  // namespace
}  // namespace cadre
