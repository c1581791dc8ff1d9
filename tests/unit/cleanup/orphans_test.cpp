// What has had no owner for long enough: never by one reading, never by a file's own times, never after doubt.
#include "common/cleanup/orphans.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cadre::cleanup {
namespace {

constexpr Duration grace = 1h;

Instant at(Duration since_boot) { return Instant{since_boot}; }

Entry thing(std::string path, std::uint64_t inode = 7) {
  return {.path = std::move(path), .device = 1, .inode = inode, .changed_ns = 1000, .files = 2, .bytes = 8192};
}

std::vector<std::string> paths(const std::vector<Entry>& entries) {
  std::vector<std::string> all;
  for (const Entry& entry : entries) all.push_back(entry.path);
  return all;
}

using Paths = std::vector<std::string>;

TEST(Orphans, OneReadingIsNotEnoughHoweverLongTheWorkerHasLived) {
  Orphans orphans;
  EXPECT_TRUE(orphans.ripe(at(1000h), {thing("attempts/1-1.1")}, {}, grace).empty());
  EXPECT_TRUE(orphans.ripe(at(1000h + grace - 1us), {thing("attempts/1-1.1")}, {}, grace).empty());
  EXPECT_EQ(paths(orphans.ripe(at(1000h + grace), {thing("attempts/1-1.1")}, {}, grace)), Paths{"attempts/1-1.1"});
}

TEST(Orphans, EvenWithoutGraceItTakesTwoReadings) {
  Orphans orphans;
  EXPECT_TRUE(orphans.ripe(at(5s), {thing("x")}, {}, 0s).empty());
  EXPECT_EQ(paths(orphans.ripe(at(5s), {thing("x")}, {}, 0s)), Paths{"x"});
}

TEST(Orphans, WhatIsRipeAndWasNotRemovedStaysRipe) {
  Orphans orphans;
  (void)orphans.ripe(at(0s), {thing("x")}, {}, grace);
  EXPECT_EQ(orphans.ripe(at(grace), {thing("x")}, {}, grace).size(), 1u);
  EXPECT_EQ(orphans.ripe(at(grace + 1s), {thing("x")}, {}, grace).size(), 1u);
}

// The broker had forgotten it, then claims it again: whatever was waited so far counts for nothing.
TEST(Orphans, AnOwnerInBetweenStartsItAnew) {
  Orphans orphans;
  const AttemptId attempt{JobId::make(Epoch{1}, 5), 2};
  Owned owned;
  owned.attempt(attempt);
  const std::vector<Entry> seen{thing(attempt_path(attempt))};
  (void)orphans.ripe(at(0s), seen, {}, grace);
  EXPECT_TRUE(orphans.ripe(at(30min), seen, owned, grace).empty());
  EXPECT_TRUE(orphans.ripe(at(grace), seen, {}, grace).empty());
  EXPECT_TRUE(orphans.ripe(at(grace + 29min), seen, {}, grace).empty());
  EXPECT_EQ(orphans.ripe(at(2 * grace), seen, {}, grace).size(), 1u);
}

TEST(Orphans, WhatIsNotSeenIsForgotten) {
  Orphans orphans;
  (void)orphans.ripe(at(0s), {thing("x")}, {}, grace);
  EXPECT_TRUE(orphans.ripe(at(30min), {}, {}, grace).empty());
  EXPECT_EQ(orphans.remembered(), 0u);
  EXPECT_TRUE(orphans.ripe(at(grace), {thing("x")}, {}, grace).empty());
}

TEST(Orphans, OnlyTheVerySameThingRipens) {
  const Entry before = thing("x");
  const auto changed = [&](auto change) {
    Entry now = before;
    change(now);
    Orphans orphans;
    (void)orphans.ripe(at(0s), {before}, {}, grace);
    const bool at_once = !orphans.ripe(at(grace), {now}, {}, grace).empty();
    const bool later = !orphans.ripe(at(2 * grace), {now}, {}, grace).empty();
    EXPECT_TRUE(later) << "it waits from the change on, not for ever";
    return !at_once;
  };
  EXPECT_TRUE(changed([](Entry& now) { ++now.device; }));
  EXPECT_TRUE(changed([](Entry& now) { ++now.inode; }));
  EXPECT_TRUE(changed([](Entry& now) { ++now.changed_ns; }));
  EXPECT_TRUE(changed([](Entry& now) { --now.changed_ns; })) << "clocks step; a change is a change";
  EXPECT_TRUE(changed([](Entry& now) { ++now.files; }));
}

TEST(Orphans, ARunningAttemptIsNeverTouchedWhateverItsAge) {
  Orphans orphans;
  Owned owned;
  owned.attempt({JobId::make(Epoch{3}, 17), 4});
  owned.path("notes");
  const std::vector<Entry> seen{thing("attempts/3-17.4"), thing("notes", 8), thing("attempts/3-17.3", 9)};
  for (int day = 0; day < 400; ++day) {
    for (const Entry& entry : orphans.ripe(at(day * 24h), seen, owned, grace)) EXPECT_EQ(entry.path, "attempts/3-17.3");
  }
  EXPECT_EQ(orphans.remembered(), 1u);
}

TEST(Orphans, TheWorkersOwnNeedsNobodyToNameIt) {
  Orphans orphans;
  std::vector<Entry> seen;
  for (const char* path :
       {"lock", "instance", "lives", "cluster", "attempts", "attempts/.spare.1", "attempts/serve.ocr.12"})
    seen.push_back(thing(path));
  for (const char* path : {"locks", "attempts/lock", ".spare.1", "attempts/.spar", "Cluster"})
    seen.push_back(thing(path));
  (void)orphans.ripe(at(0s), seen, {}, grace);
  EXPECT_EQ(paths(orphans.ripe(at(grace), seen, {}, grace)),
            (Paths{"locks", "attempts/lock", ".spare.1", "attempts/.spar", "Cluster"}));
}

TEST(Orphans, MemoryIsBoundedAndNewcomersPushOutNothing) {
  Orphans orphans;
  (void)orphans.ripe(at(0s), {thing("z")}, {}, grace);
  std::vector<Entry> seen;
  for (std::size_t i = 0; i < Orphans::remembered_max + 10; ++i) seen.push_back(thing(fmt::format("a{}", i)));
  seen.push_back(thing("z"));
  EXPECT_EQ(paths(orphans.ripe(at(grace), seen, {}, grace)), Paths{"z"});
  EXPECT_EQ(orphans.remembered(), Orphans::remembered_max);
  EXPECT_EQ(orphans.ripe(at(2 * grace), seen, {}, grace).size(), Orphans::remembered_max);
}

}  // namespace
}  // namespace cadre::cleanup
