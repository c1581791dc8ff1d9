// Joining loses nothing, doubles nothing, keeps the order of each kind to each peer, and keeps the limits of a message.
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/protocol/codec.hpp"
#include "common/protocol/coalesce.hpp"

namespace cadre {
namespace {

SubmitAnswer answer(std::uint64_t ticket) {
  SubmitAnswer one;
  one.ticket = ticket;
  one.key = "k";
  return one;
}

Send submitted(std::uint64_t peer, std::uint64_t ticket) { return {PeerId{peer}, Submitted{{answer(ticket)}}}; }

Send assign(std::uint64_t peer, std::uint64_t number, std::size_t bytes) {
  Assign message{Epoch{1}, SessionId{1}, {}};
  Assignment job;
  job.number = number;
  job.engine = "e";
  job.body = std::make_shared<Body>(Body{"{}", Bytes(bytes, 'x')});
  message.jobs.push_back(std::move(job));
  return {PeerId{peer}, std::move(message)};
}

TEST(Coalesce, joins_what_goes_to_one_peer) {
  const auto out = coalesce({submitted(1, 1), submitted(2, 2), submitted(1, 3)});
  ASSERT_EQ(out.size(), 2u);
  const auto& first = std::get<Submitted>(out[0].message).answers;
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].ticket, 1u);
  EXPECT_EQ(first[1].ticket, 3u);
  EXPECT_EQ(out[1].to, PeerId{2});
}

TEST(Coalesce, leaves_other_messages_where_they_are) {
  const auto out = coalesce({{PeerId{1}, Greet{Epoch{1}}}, submitted(1, 1), {PeerId{1}, BeatHeard{Epoch{1}, 5}}, {PeerId{1}, Greet{Epoch{2}}}});
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(std::get<Greet>(out[0].message).epoch, Epoch{1});
  EXPECT_EQ(std::get<BeatHeard>(out[2].message).number, 5u);
  EXPECT_EQ(std::get<Greet>(out[3].message).epoch, Epoch{2});
}

TEST(Coalesce, closes_a_message_at_its_item_limit) {
  std::vector<Send> sends;
  for (std::uint64_t i = 0; i < limits::batch_items_max + 1; ++i) sends.push_back(submitted(1, i));
  const auto out = coalesce(std::move(sends));
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(std::get<Submitted>(out[0].message).answers.size(), limits::batch_items_max);
  EXPECT_EQ(std::get<Submitted>(out[1].message).answers.size(), 1u);
}

TEST(Coalesce, closes_a_message_at_its_payload_limit_but_lets_one_large_item_pass) {
  const auto out = coalesce({assign(1, 1, 3u << 20), assign(1, 2, 2u << 20), assign(1, 3, 6u << 20), assign(1, 4, 1)});
  ASSERT_EQ(out.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(std::get<Assign>(out[i].message).jobs.at(0).number, i + 1);
}

// Against a memory of its own: what was sent to whom, in which order.
TEST(Coalesce, keeps_everything_in_order_and_every_message_readable) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint16_t>& kinds) {
    std::vector<Send> sends;
    std::map<std::pair<PeerId, int>, std::vector<std::uint64_t>> wanted, found;
    for (std::uint64_t i = 0; i < kinds.size(); ++i) {
      const std::uint64_t peer = 1 + kinds[i] % 2;
      const int kind = kinds[i] / 2 % 3;
      if (kind == 0) sends.push_back(submitted(peer, i));
      if (kind == 1) sends.push_back(assign(peer, i, (kinds[i] / 6u) % 5 == 0 ? 1'500'000u : 10u));
      if (kind == 2) sends.push_back({PeerId{peer}, BeatHeard{Epoch{1}, i}});
      wanted[{PeerId{peer}, kind}].push_back(i);
    }
    const std::size_t before = sends.size();
    const auto out = coalesce(std::move(sends));
    RC_ASSERT(out.size() <= before);
    for (const auto& send : out) {
      if (const auto* m = std::get_if<Submitted>(&send.message))
        for (const auto& one : m->answers) found[{send.to, 0}].push_back(one.ticket);
      if (const auto* m = std::get_if<Assign>(&send.message))
        for (const auto& one : m->jobs) found[{send.to, 1}].push_back(one.number);
      if (const auto* m = std::get_if<BeatHeard>(&send.message)) found[{send.to, 2}].push_back(m->number);
      const Frames frames = encode(send.message);
      RC_ASSERT(frames.payload.size() <= limits::message_payload_bytes);
      RC_ASSERT(decode(frames.header, frames.payload, limits::payload_bytes_default));
    }
    RC_ASSERT(found == wanted);
  }));
}

// The weights that coalesce counts with are no less than the truth: a full message still fits into a header frame.
TEST(Coalesce, a_full_message_of_the_largest_items_fits_into_a_frame) {
  std::vector<Send> sends;
  for (int i = 0; i < 600; ++i) {
    Report report{SessionId{~0ull}, Epoch{1}, {}};
    AttemptEnd end;
    end.attempt = {JobId{~0ull}, ~0u};
    end.stderr_tail = std::string(i % 7 == 0 ? limits::stderr_bytes_max : 10, '\xff');
    end.message = std::string(i % 5 == 0 ? limits::text_bytes_max : 10, 'm');
    report.ends.push_back(std::move(end));
    sends.push_back({PeerId{1}, std::move(report)});
  }
  std::size_t ends = 0;
  for (const auto& send : coalesce(std::move(sends))) {
    EXPECT_LE(encode(send.message).header.size(), limits::header_bytes_max);
    ends += std::get<Report>(send.message).ends.size();
  }
  EXPECT_EQ(ends, 600u);
}

// An output of many files weighs in the header too.
TEST(Coalesce, many_files_still_fit_into_a_frame) {
  std::vector<Send> sends;
  for (int i = 0; i < 100; ++i) {
    Output output;
    for (std::size_t file = 0; file < limits::files_max; ++file) output.push_back({std::string(limits::name_bytes_max, 'n'), "x"});
    Report report{SessionId{1}, Epoch{1}, {}};
    AttemptEnd end;
    end.attempt.number = static_cast<std::uint32_t>(i);
    end.output = std::make_shared<Output>(std::move(output));
    report.ends.push_back(std::move(end));
    sends.push_back({PeerId{1}, std::move(report)});
  }
  for (const auto& send : coalesce(std::move(sends))) EXPECT_LE(encode(send.message).header.size(), limits::header_bytes_max);
}

}  // namespace
}  // namespace cadre
