// What a worker and its broker say about a turn reads back as it was written, and nonsense reads as nothing.
#include <gtest/gtest.h>

#include "common/cleanup/turn_words.hpp"
#include "common/protocol/limits.hpp"

namespace cadre::cleanup {
namespace {

TEST(TurnWords, ReadBackAsTheyWereWritten) {
  const auto wanted = read_turn_wanted(to_json(TurnWanted{"77", true}));
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->session, "77");
  EXPECT_TRUE(wanted->urgent);
  TurnAnswer granted;
  granted.granted = true;
  granted.cluster = "c";
  granted.turn = {UINT64_MAX, 8, 3};
  granted.ttl = 30s;
  granted.grace = 1h;
  const auto answer = read_turn_answer(to_json(granted));
  ASSERT_TRUE(answer && answer->granted);
  EXPECT_EQ(answer->cluster, "c");
  EXPECT_EQ(answer->turn, granted.turn);
  EXPECT_EQ(answer->ttl, granted.ttl);
  EXPECT_EQ(answer->grace, granted.grace);
  TurnAnswer refused;
  refused.why = "it is not due yet";
  refused.next = WallTime{Duration{1'800'000'000'000'000}};
  const auto no = read_turn_answer(to_json(refused));
  ASSERT_TRUE(no && !no->granted);
  EXPECT_EQ(no->why, refused.why);
  EXPECT_EQ(no->next, refused.next);
  const std::vector<AttemptId> attempts{{JobId{1}, 1}, {JobId{UINT64_MAX}, UINT32_MAX}};
  EXPECT_EQ(read_attempts(to_json(attempts)), attempts);
  const auto owned = read_owned_answer(to_json(OwnedAnswer{"c", Epoch{9}, attempts}));
  ASSERT_TRUE(owned);
  EXPECT_EQ(owned->epoch, Epoch{9});
  EXPECT_EQ(owned->owned, attempts);
  const std::string end = to_json(granted.turn, FilesDone{1, 2, {"left: a is a symbolic link"}, "no \xff"});
  EXPECT_EQ(read_turn(end), granted.turn);
  const auto done = read_files_done(end);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->files, 1u);
  EXPECT_EQ(done->bytes, 2u);
  EXPECT_EQ(done->left.size(), 1u);
  EXPECT_TRUE(read_renewed(to_json(Renewed{true, 30s})).ours);
  EXPECT_EQ(read_renewed(to_json(Renewed{true, 30s})).ttl, Duration{30s});
  EXPECT_FALSE(read_renewed(to_json(Renewed{false, 30s})).ours);
}

TEST(TurnWords, WhatWasSeenReadsBackAndIsCut) {
  FilesSeen seen;
  seen.look = 7;
  seen.grace = 1h;
  seen.owned = 3;
  seen.left = {"left: a is a symbolic link"};
  for (std::size_t i = 0; i < FilesSeen::listed_max + 5; ++i) seen.goes.add({"attempts/\x1b[31m" + std::string(300, 'x'), 2, 10, 2h});
  const auto read = read_files_seen(to_json(seen));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->look, 7u);
  EXPECT_EQ(read->grace, Duration{1h});
  EXPECT_EQ(read->owned, 3u);
  EXPECT_EQ(read->left, seen.left);
  EXPECT_EQ(read->goes.count, FilesSeen::listed_max + 5);
  EXPECT_EQ(read->goes.bytes, 10 * (FilesSeen::listed_max + 5));
  ASSERT_EQ(read->goes.first.size(), FilesSeen::listed_max);
  EXPECT_EQ(read->goes.first[0].ownerless, Duration{2h});
  EXPECT_EQ(read->goes.first[0].path.size(), FilesSeen::One::path_max);
  EXPECT_TRUE(read->goes.first[0].path.starts_with("attempts/?[31m")) << "no bytes that a terminal obeys";
  EXPECT_EQ(read->waits.count, 0u);
  EXPECT_LT(to_json(seen).size(), limits::params_bytes_max / 2);
  EXPECT_FALSE(read_files_seen("7"));
  TurnAnswer look;
  look.look = 7;
  look.cluster = "c";
  look.grace = 1h;
  const auto answer = read_turn_answer(to_json(look));
  ASSERT_TRUE(answer && !answer->granted);
  EXPECT_EQ(answer->look, 7u);
  EXPECT_EQ(answer->cluster, "c");
  EXPECT_EQ(answer->grace, Duration{1h});
}

TEST(TurnWords, NonsenseIsNothing) {
  for (const char* text : {"", "null", "[]", "7", "{", "\"granted\""}) {
    EXPECT_FALSE(read_turn_answer(text)) << text;
    EXPECT_FALSE(read_owned_answer(text)) << text;
    EXPECT_FALSE(read_attempts(text)) << text;
    EXPECT_FALSE(read_renewed(text).ours) << text;
  }
  EXPECT_FALSE(read_turn_answer("{}")->granted) << "what is not said is not granted";
  EXPECT_FALSE(read_turn_answer(R"({"granted":"true"})")->granted);
  for (const char* text : {R"({"cluster":"c","epoch":1})", R"({"owned":{}})", R"({"owned":[[1]]})", R"({"owned":[[1,-1]]})", R"({"owned":[["1",1]]})"})
    EXPECT_FALSE(read_owned_answer(text)) << text << ": an answer that does not name what is owned is no reading";
}

}  // namespace
}  // namespace cadre::cleanup
