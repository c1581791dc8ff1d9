// Every message keeps its meaning on its way over the wire, and the wire is what PROTOCOL.md says.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/protocol/codec.hpp"
#include "tests/unit/protocol/arbitrary_message.hpp"

namespace cadre {
namespace {

constexpr std::size_t payload_max = limits::payload_bytes_default;

Result<Message> decode(const Frames& frames) { return cadre::decode(frames.header, frames.payload, payload_max); }

std::string name(const testing::TestParamInfo<std::size_t>& info) {
  return std::string(name_of(arbitrary_message(info.param, 0)));
}

class EveryMessage : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryMessage, comes_back_as_it_was_sent) {
  EXPECT_TRUE(rc::check([type = GetParam()](std::uint64_t seed) {
    const Frames sent = encode(arbitrary_message(type, seed));
    const auto read = decode(sent);
    if (!read) RC_FAIL(read.error());
    RC_ASSERT(read->index() == type);
    const Frames again = encode(*read);
    RC_ASSERT(again.header == sent.header);
    RC_ASSERT(again.payload == sent.payload);
  }));
}

TEST_P(EveryMessage, is_refused_when_it_is_cut_short) {
  EXPECT_TRUE(rc::check([type = GetParam()](std::uint64_t seed, std::uint32_t cut) {
    Frames sent = encode(arbitrary_message(type, seed));
    sent.header.resize(cut % sent.header.size());
    RC_ASSERT(!decode(sent));
  }));
}

TEST_P(EveryMessage, is_refused_with_bytes_behind_it) {
  Frames sent = encode(arbitrary_message(GetParam(), 1));
  sent.header += '\0';
  EXPECT_FALSE(decode(sent));
  sent.header.pop_back();
  sent.payload += 'x';
  const auto read = decode(sent);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), "payload frame: wanted no bytes behind the last part");
}

TEST_P(EveryMessage, is_refused_when_its_payload_is_short) {
  EXPECT_TRUE(rc::check([type = GetParam()](std::uint64_t seed) {
    Frames sent = encode(arbitrary_message(type, seed));
    if (sent.payload.empty()) return;
    sent.payload.pop_back();
    RC_ASSERT(!decode(sent));
  }));
}

// Whatever one changed byte makes of it: either it is refused, or it is a message that keeps all bounds.
TEST_P(EveryMessage, stays_within_its_bounds_when_a_byte_is_changed) {
  EXPECT_TRUE(rc::check([type = GetParam()](std::uint64_t seed, std::uint32_t at, char byte) {
    Frames sent = encode(arbitrary_message(type, seed));
    sent.header[at % sent.header.size()] = byte;
    const auto read = decode(sent);
    if (!read) return;
    const auto again = decode(encode(*read));
    if (!again) RC_FAIL(again.error());
  }));
}

INSTANTIATE_TEST_SUITE_P(codec, EveryMessage, testing::Range<std::size_t>(0, std::variant_size_v<Message>), name);

// Written by hand from PROTOCOL.md: the codec cannot change the wire and still agree with itself.
TEST(Wire, is_what_the_page_says) {
  EXPECT_EQ(encode(Goodbye{SessionId{7}}).header, "\x93\x01\x09\x91\x07");
  EXPECT_EQ(encode(BeatHeard{Epoch{3}, 300}).header, std::string("\x93\x01\x04\x92\x03\xcd\x01\x2c", 8));
  Submit submit;
  JobRequest job;
  job.ticket = 1;
  job.key = "k";
  job.engine = "e";
  job.priority = -5;
  job.watch = Watch::result;
  job.body = std::make_shared<Body>(Body{"{}", "abc"});
  submit.jobs.push_back(job);
  const Frames frames = encode(submit);
  EXPECT_EQ(frames.payload, "{}abc");
  constexpr std::string_view expected("\x93\x01\x0a\x91\x91\xdc\x00\x10"
                             "\x01\xa1k\xa1" "e\xa7" "default\xa0\xfb\x00\x00\x03\xce\x00\x0f\x42\x40\x00\x00\x00\x00\x02\x92\x02\x03", 39);
  EXPECT_EQ(std::string_view(frames.header), expected);
}

// A field that came later may be missing: peers of the release before do not send it. Any other must be there.
TEST(Wire, a_beat_without_its_newest_field_is_still_a_beat) {
  Beat beat;
  beat.session = SessionId{1};
  beat.cleaning = true;
  std::string header = encode(beat).header;
  ASSERT_EQ(header[3], '\x9c') << "12 fields";
  ASSERT_EQ(header.back(), '\xc3') << "true";
  header.pop_back();
  header[3] = '\x9b';
  const auto older = decode(Frames{header, ""});
  ASSERT_TRUE(older) << older.error();
  EXPECT_FALSE(std::get<Beat>(*older).cleaning);
  header.pop_back();
  header[3] = '\x9a';
  EXPECT_FALSE(decode(Frames{header, ""}));
}

}  // namespace
}  // namespace cadre
