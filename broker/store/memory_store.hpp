// The store in memory: the model of what MariaDB has to do, for the simulator, for contract tests and for measuring
// everything but the database. Several MemoryStore objects may share one MemoryTables, as connections share a server.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "broker/store/store.hpp"

namespace cadre {

struct MemoryTables {
  std::mutex mutex;
  std::string cluster = "memory";
  std::map<JobId, JobRow> job;
  std::map<AttemptId, AttemptRow> attempt;
  std::map<AttemptId, AttemptEndRow> attempt_end;
  std::map<JobId, OutcomeRow> outcome;
  std::map<std::pair<std::string, std::string>, std::pair<JobId, Digest>> submit_key;
  std::map<JobId, JobId> retried;
  std::set<BlobId> blob;  // which were put down; their bytes are with the rows that name them
  std::map<std::string, NodeRow> node;
  std::map<std::string, KeyRow> node_key;
  std::vector<RestoredRow> restored;
  std::map<AttemptId, MissingRow> missing;
  std::optional<CheckpointRow> checkpoint;
  Seat seat;
  WallTime seat_expires{};
  ServiceTime service{};
  WallTime service_seen{};  // the store's clock when the service clock last moved
};

class MemoryStore final : public Store {
 public:
  // `clock`: the store's own clock, which the caller makes step and jump as it likes.
  MemoryStore(std::shared_ptr<MemoryTables> tables, std::function<WallTime()> clock)
      : tables_(std::move(tables)), clock_(std::move(clock)) {}

  Stored<std::vector<std::string>> objections(const Demands&) override { return std::vector<std::string>{}; }
  Stored<Growth> growth() override { return Growth{{{}, "jobs are kept in memory only"}, 0}; }
  Stored<std::string> cluster() override;
  Stored<Seat> look_at_seat() override;
  Stored<Granted> take_seat(const std::string& holder, Duration ttl, std::optional<std::uint64_t> stale_renewals) override;
  Stored<Done> renew_seat(Epoch epoch, Duration ttl) override;
  Stored<Done> give_up_seat(Epoch epoch) override;
  Stored<ServiceTime> tick_clock(Epoch epoch, Duration elapsed) override;
  Stored<std::set<BlobId>> put_blobs(const std::vector<Blob>& blobs, const BlobPace& pace) override;
  Stored<Committed> apply(Epoch epoch, const Batch& batch) override;
  Stored<std::vector<OpenJob>> load_open(JobId after, std::uint32_t limit) override;
  Stored<std::vector<NodeRow>> load_nodes() override;
  Stored<Restored> load_restored() override;
  Stored<std::vector<KeyRow>> load_keys() override;
  Stored<std::vector<std::pair<JobId, BodyPtr>>> bodies(const std::vector<JobId>& jobs) override;
  Stored<std::optional<JobFacts>> facts(JobId job, With with) override;
  Stored<JobId> find_key(const std::string& client, const std::string& key) override;
  Stored<ListPage> list(const ListFilter& filter) override;
  Stored<std::vector<std::pair<JobId, JobId>>> batch_runs(const std::string& batch, JobId before, std::uint32_t limit) override;

 private:
  bool holds(Epoch epoch) const;
  JobFacts facts_of(const JobRow& row, With with) const;

  std::shared_ptr<MemoryTables> tables_;
  std::function<WallTime()> clock_;
};

}  // namespace cadre
