// What a peer may send and should not: refused with the name of the field, never a crash, never memory by its word alone.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/protocol/codec.hpp"

namespace cadre {
namespace {

std::string refusal(const std::string& header, const std::string& payload = "", std::size_t payload_max = 1000) {
  const auto read = decode(header, payload, payload_max);
  return read ? "taken" : read.error();
}

// A string literal with its zeros.
template <std::size_t n>
std::string raw(const char (&text)[n]) {
  return std::string(text, n - 1);
}

const std::string cancel = raw("\x93\x01\x0e");   // [1, 14, ...
const std::string notice = raw("\x93\x01\x14");   // refusal: [1, 20, [reason, final]]

TEST(Hostile, garbage_of_any_kind_is_refused) {
  EXPECT_TRUE(rc::check([](const std::string& header, const std::string& payload) {
    const auto read = decode(header, payload, 1000);
    if (read) RC_ASSERT(decode(encode(*read).header, encode(*read).payload, 1000));
  }));
}

TEST(Hostile, what_is_no_msgpack_is_refused) {
  const std::string said = "header frame: not a msgpack message within the limits";
  EXPECT_EQ(refusal(""), said);
  EXPECT_EQ(refusal("\xc1"), said);
  EXPECT_EQ(refusal("\x93\x01"), said);
}

TEST(Hostile, five_bytes_cannot_ask_for_gigabytes) {
  const std::string said = "header frame: not a msgpack message within the limits";
  EXPECT_EQ(refusal(raw("\xdd\xff\xff\xff\xff")), said);                     // array of 4 billion
  EXPECT_EQ(refusal(raw("\xdf\xff\xff\xff\xff")), said);                     // map
  EXPECT_EQ(refusal(raw("\xdb\xff\xff\xff\xff")), said);                     // text
  EXPECT_EQ(refusal(raw("\xc6\xff\xff\xff\xff")), said);                     // bytes
  EXPECT_EQ(refusal(raw("\xc9\xff\xff\xff\xff\x01")), said);                 // extension
  EXPECT_EQ(refusal(cancel + raw("\x91\xdc\x10\x01") + std::string(4097, 1)), said);
}

TEST(Hostile, nesting_is_bounded) {
  const std::string said = "header frame: not a msgpack message within the limits";
  EXPECT_EQ(refusal(std::string(100'000, '\x91')), said);
  EXPECT_EQ(refusal(cancel + std::string(9, '\x91') + raw("\x01")), said);
}

TEST(Hostile, a_header_beyond_the_limit_is_not_looked_at) {
  EXPECT_EQ(refusal(std::string(limits::header_bytes_max + 1, '\x91')), "header frame: 1048577 bytes, at most 1048576 are allowed");
}

TEST(Hostile, wrong_types_are_refused_by_field) {
  EXPECT_EQ(refusal(raw("\x01")), "message: wanted an array of at least 3 fields");
  EXPECT_EQ(refusal(raw("\x92\x01\x0e")), "message: wanted an array of at least 3 fields");
  EXPECT_EQ(refusal(raw("\x93\xa1" "1\x0e\x91\x90")), "protocol version: wanted a whole number from 1 to 1");
  EXPECT_EQ(refusal(raw("\x93\x02\x0e\x91\x90")), "protocol version: wanted a whole number from 1 to 1");
  EXPECT_EQ(refusal(raw("\x93\x01\x17\x91\x90")), "message type: wanted a whole number from 0 to 22");
  EXPECT_EQ(refusal(raw("\x93\x01\xff\x91\x90")), "message type: wanted a whole number from 0 to 22");
  EXPECT_EQ(refusal(cancel + raw("\x91\x01")), "jobs: wanted a list of at most 4096 items");
  EXPECT_EQ(refusal(cancel + raw("\x91\x91\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00")), "job id: wanted a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal(cancel + raw("\x91\x91\xff")), "job id: wanted a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal(cancel + raw("\x90")), "cancel: wanted an array of at least 1 fields");
  EXPECT_EQ(refusal(notice + raw("\x92\xc4\x01x\xc2")), "reason: wanted a text of at most 4096 bytes");
  EXPECT_EQ(refusal(notice + raw("\x92\xa1x\x00")), "final: wanted true or false");
  EXPECT_EQ(refusal(notice + raw("\x92\xa1x\xc0")), "final: wanted true or false");
}

TEST(Hostile, text_is_utf8) {
  EXPECT_EQ(refusal(notice + raw("\x92\xa1\xff\xc2")), "reason: wanted text in UTF-8");
  EXPECT_EQ(refusal(notice + raw("\x92\xa2\xc0\xaf\xc2")), "reason: wanted text in UTF-8");       // overlong
  EXPECT_EQ(refusal(notice + raw("\x92\xa3\xed\xa0\x80\xc2")), "reason: wanted text in UTF-8");   // surrogate
  EXPECT_EQ(refusal(notice + raw("\x92\xa2\xc3\xa9\xc2")), "taken");
}

TEST(Hostile, text_has_its_length) {
  const std::string header = notice + raw("\x92\xda\x10\x01") + std::string(4097, 'x') + raw("\xc2");
  EXPECT_EQ(refusal(header), "reason: wanted a text of at most 4096 bytes");
}

TEST(Hostile, names_are_names) {
  Submit submit;
  JobRequest job;
  job.body = std::make_shared<Body>(Body{"{}", ""});
  job.engine = "../../etc/passwd";
  submit.jobs.push_back(job);
  const Frames frames = encode(submit);
  EXPECT_EQ(refusal(frames.header, frames.payload),
            "engine: wanted a name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -");
}

TEST(Hostile, a_payload_is_what_the_header_says) {
  Submit submit;
  JobRequest job;
  job.engine = "e";
  job.body = std::make_shared<Body>(Body{"{}", "abc"});
  submit.jobs.push_back(job);
  const Frames frames = encode(submit);
  EXPECT_EQ(refusal(frames.header, "{}abc"), "taken");
  EXPECT_EQ(refusal(frames.header, "{}ab"), "body: wanted 3 bytes in the payload frame");
  EXPECT_EQ(refusal(frames.header, ""), "body: wanted 2 bytes in the payload frame");
  EXPECT_EQ(refusal(frames.header, "{}abcd"), "payload frame: wanted no bytes behind the last part");
  EXPECT_EQ(refusal(frames.header, "{}abc", 2), "body: wanted a whole number from 0 to 2");
  EXPECT_EQ(refusal(frames.header, "\xff\xff" "abc"), "body: wanted parameters in UTF-8");
}

TEST(Hostile, files_together_have_the_limit) {
  Report report{SessionId{1}, Epoch{1}, {}};
  AttemptEnd end;
  end.output = std::make_shared<Output>(Output{{"a", std::string(600, 'a')}, {"b", std::string(600, 'b')}});
  report.ends.push_back(end);
  const Frames frames = encode(report);
  EXPECT_EQ(refusal(frames.header, frames.payload, 1200), "taken");
  EXPECT_EQ(refusal(frames.header, frames.payload, 1199), "output: wanted files of at most 1199 bytes together");
}

// G24: a newer peer may know more.
TEST(Newer, fields_behind_ours_are_ignored) {
  EXPECT_EQ(refusal(raw("\x94\x01\x0e\x91\x91\x05\xa3new")), "taken");             // behind the body
  EXPECT_EQ(refusal(cancel + raw("\x92\x91\x05\x82\xa1" "a\x01\xa1" "b\x90")), "taken");  // behind its fields: a map
  const auto read = decode(raw("\x93\x01\x07\x92\x01\x91\x93\x92\x05\x01\x00\xa3new"), "", 0);  // inside a note
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(std::get<Noted>(*read).notes.at(0).attempt, (AttemptId{JobId{5}, 1}));
}

}  // namespace
}  // namespace cadre
