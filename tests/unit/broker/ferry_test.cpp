// What is large waits by itself, in order, once; what is small goes on at once.
#include <gtest/gtest.h>

#include "broker/shell/ferry.hpp"

namespace cadre {
namespace {

constexpr std::uint64_t mib = 1u << 20;

JobRequest job(std::string key, std::uint64_t bytes, std::uint64_t ticket = 1) {
  JobRequest request;
  request.ticket = ticket;
  request.key = std::move(key);
  request.engine = "echo";
  request.body = std::make_shared<Body>(Body{"{}", Bytes(bytes, 'x')});
  return request;
}
AttemptEnd end(std::uint64_t id, std::uint64_t bytes) {
  AttemptEnd one;
  one.attempt = {JobId{id}, 1};
  one.output = std::make_shared<Output>(Output{{"a", Bytes(bytes / 2, 'x')}, {"b", Bytes(bytes - bytes / 2, 'y')}});
  return one;
}
Received from(std::uint64_t peer, Message message) { return {PeerId{peer}, {"anna", Role::client}, std::move(message)}; }
std::vector<std::string> keys(const std::vector<JobRequest>& jobs) {
  std::vector<std::string> all;
  for (const auto& one : jobs) all.push_back(one.key);
  return all;
}
std::string key_in(const Ferry::Cargo& cargo) { return std::get<Submit>(std::get<Received>(cargo.input).message).jobs.at(0).key; }

TEST(Ferry, TakesTheLargeJobsOutOfASubmitAndLeavesTheOthers) {
  Ferry ferry;
  Received received = from(1, Submit{{job("a", 10), job("b", mib), job("c", Ferry::large_bytes - 1), job("d", Ferry::large_bytes)}});
  EXPECT_TRUE(ferry.take(received).empty());
  EXPECT_EQ(keys(std::get<Submit>(received.message).jobs), (std::vector<std::string>{"a", "c"}));
  const auto loaded = ferry.load(4 * mib);
  ASSERT_EQ(loaded.size(), 2u);
  EXPECT_EQ(key_in(loaded[0]), "b");
  EXPECT_EQ(key_in(loaded[1]), "d");
}

TEST(Ferry, LoadsInOrderAsManyAsFitAndNothingWhileOthersAreUnderWay) {
  Ferry ferry;
  Received received = from(1, Submit{{job("a", 2 * mib), job("b", mib), job("c", 3 * mib), job("d", mib)}});
  (void)ferry.take(received);
  EXPECT_EQ(ferry.load(4 * mib).size(), 2u);
  EXPECT_TRUE(ferry.load(4 * mib).empty());
  EXPECT_TRUE(ferry.under_way());
  ferry.unloaded();
  EXPECT_EQ(ferry.load(1).size(), 1u) << "one at least";
  ferry.unloaded();
  EXPECT_EQ(ferry.load(1).size(), 1u);
  ferry.unloaded();
  EXPECT_TRUE(ferry.load(1).empty());
  EXPECT_FALSE(ferry.under_way());
}

TEST(Ferry, KeepsOneOfWhatTheSamePeerRepeats) {
  Ferry ferry;
  for (int i = 0; i < 3; ++i) {
    Received submit = from(1, Submit{{job("a", mib)}}), report = from(2, Report{SessionId{1}, Epoch{1}, {end(7, mib)}});
    (void)ferry.take(submit);
    (void)ferry.take(report);
  }
  Received other_send = from(1, Submit{{job("a", mib, 2)}}), other_peer = from(3, Submit{{job("a", mib)}});
  (void)ferry.take(other_send);
  (void)ferry.take(other_peer);
  EXPECT_EQ(ferry.load(100 * mib).size(), 4u);
}

TEST(Ferry, GivesJobsBackWhereItIsFullAndKeepsRoomForEnds) {
  Ferry ferry;
  std::vector<JobRequest> many;
  for (std::uint64_t i = 0; i < 65; ++i) many.push_back(job(std::to_string(i), mib));
  Received received = from(1, Submit{many});
  EXPECT_EQ(keys(ferry.take(received)), std::vector<std::string>{"64"});
  std::vector<AttemptEnd> ends{end(1000, 10)};
  for (std::uint64_t i = 1; i <= 70; ++i) ends.push_back(end(i, mib));
  Received report = from(2, Report{SessionId{1}, Epoch{1}, ends});
  EXPECT_TRUE(ferry.take(report).empty());
  ASSERT_EQ(std::get<Report>(report.message).ends.size(), 1u) << "the small one goes on";
  EXPECT_EQ(std::get<Report>(report.message).ends[0].attempt.job, JobId{1000});
  EXPECT_EQ(ferry.load(1000 * mib).size(), 128u) << "64 jobs and 64 ends: the worker keeps the others";
}

TEST(Ferry, NamesTheBlobInWhatItCarries) {
  Ferry ferry;
  RetryJob again;
  again.old_job.id = JobId{5};
  again.old_job.client = "tom";
  again.old_job.request = job("old", mib);
  EXPECT_TRUE(ferry.take(again));
  again.old_job.request = job("small", 10);
  EXPECT_FALSE(ferry.take(again));
  Received submit = from(1, Submit{{job("a", mib)}}), report = from(2, Report{SessionId{1}, Epoch{1}, {end(7, mib)}});
  (void)ferry.take(submit);
  (void)ferry.take(report);
  auto cargo = ferry.load(10 * mib);
  ASSERT_EQ(cargo.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) cargo[i].id = BlobId{i + 1};
  const Blob retried = blob_of(cargo[0]), submitted = blob_of(cargo[1]), reported = blob_of(cargo[2]);
  EXPECT_EQ(retried.client + " " + retried.key, "tom retry:0-5");
  EXPECT_EQ(submitted.client + " " + submitted.key, "anna a");
  EXPECT_EQ(submitted.parts.at(0).size(), mib);
  EXPECT_EQ(reported.attempt.job, JobId{7});
  EXPECT_EQ(reported.parts.size(), 2u);
  for (auto& one : cargo) name_blob(one);
  EXPECT_EQ(std::get<RetryJob>(cargo[0].input).old_job.request.blob, BlobId{1});
  const auto& sent = std::get<Submit>(std::get<Received>(cargo[1].input).message).jobs[0];
  EXPECT_EQ(sent.blob, BlobId{2});
  EXPECT_EQ(sent.digest, digest_of(sent));
  EXPECT_EQ(std::get<Report>(std::get<Received>(cargo[2].input).message).ends[0].blob, BlobId{3});
}

}  // namespace
}  // namespace cadre
