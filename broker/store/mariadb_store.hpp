// The store in MariaDB (SCHEMA.md). Facts go in by array binding, one transaction a batch, guarded inside by the seat's
// epoch; history and loading read by key, never by scanning what is kept.
#pragma once

#include <map>
#include <memory>

#include "broker/store/store.hpp"
#include "common/database/link.hpp"

namespace cadre {

// Ids in one row of queue_block: small enough to look through at once, large enough that the row costs nothing.
inline constexpr std::uint64_t queue_block_ids = 1024;

class MariadbStore final : public Store {
 public:
  explicit MariadbStore(db::Settings settings) : settings_(std::move(settings)) { settings_.begin_implicitly = true; }

  // Unsafe durability, wrong privileges, foreign or other schema.
  Stored<std::vector<std::string>> objections(const Demands& demands) override;

  Stored<Growth> growth() override;
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
  // A connected link, or Away.
  std::optional<Away> ensure();
  db::Outcome<Done> name_connection();
  Away lost(const db::Trouble& trouble);  // sorts the trouble; drops the link where it is gone
  using JobRows = std::vector<const JobRow*>;
  db::Outcome<Done> write(const Batch& batch, Committed& answer);
  db::Outcome<Done> write_jobs(const JobRows& jobs);
  db::Outcome<Done> write_attempts(const Batch& batch);
  db::Outcome<Done> write_ends(const Batch& batch);
  db::Outcome<Done> write_outcomes(const Batch& batch);
  db::Outcome<Done> write_relations(const Batch& batch, const JobRows& jobs);
  db::Outcome<Done> write_single_rows(const Batch& batch);
  using Owners = std::map<std::pair<std::string, std::string>, std::pair<std::uint64_t, std::string>>;  // client, key: job, digest
  db::Outcome<Owners> owners_of(const JobRows& items);
  db::Outcome<std::set<JobId>> those_there(const std::vector<JobId>& ids);
  db::Outcome<Batch> without_gone(const Batch& batch);
  db::Outcome<std::vector<bool>> claim_keys(const Batch& batch, Committed& answer);
  db::Outcome<bool> put_blob(const Blob& blob, const BlobPace& pace);
  db::Outcome<std::optional<std::string>> bytes_or_blob(const std::string& in_row, BlobId id);
  db::Outcome<Done> check_outcomes(const Batch& batch);
  db::Outcome<Done> bulk(const char* sql, std::vector<db::Column> columns, std::size_t rows, std::uint64_t* affected);
  using Runs = std::vector<std::pair<JobId, JobId>>;  // of ids, first and last, newest first
  struct Reach;
  db::Outcome<Reach> reach_of(const ListFilter& filter);
  db::Outcome<Reach> reach_rare(const ListFilter& filter, Reach reach);
  db::Outcome<Reach> reach_runs(const ListFilter& filter, Reach reach);
  db::Outcome<JobId> nth_below(const char* sql, const ListFilter& filter);
  db::Outcome<Runs> runs_of_batch(const std::string& batch, JobId before, std::uint32_t limit);
  db::Outcome<Runs> blocks_of_queue(const std::string& queue, JobId before, std::uint32_t limit);
  db::Outcome<Done> write_queue_blocks(const JobRows& jobs);
  db::Outcome<Done> add_attempts(std::vector<OpenJob>& jobs);
  db::Outcome<Done> read_checkpoint();

  db::Settings settings_;
  std::optional<db::Link> link_;
  std::string name_;       // of the lock that this connection holds
  bool perhaps_written_ = false;  // the last batch's answer was lost: it may be there already
  std::string lost_name_;  // whoever holds it is killed before its work is repeated (guarantees.md R5)
  std::string fenced_by_;
  std::optional<CheckpointRow> checkpoint_;  // while loading
  std::map<std::string, std::uint64_t> queue_blocks_;  // the newest block of each queue that is known to be written
};

}  // namespace cadre
