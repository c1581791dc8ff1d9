// A schema with jobs in it, written by the real store, and the connections of those who clean it.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "common/cleanup/purge_records.hpp"
#include "common/database/leases.hpp"
#include "common/database/schema.hpp"
#include "tests/contract/store/stores.hpp"

namespace cadre::test {

template <class T>
T must(db::Outcome<T> outcome) {
  if (auto* trouble = std::get_if<db::Trouble>(&outcome)) throw std::runtime_error(trouble->message);
  return std::get<T>(std::move(outcome));
}

inline ServiceTime at(Duration since_the_beginning) { return ServiceTime{since_the_beginning}; }

class Cleaning : public testing::Test {
 protected:
  Cleaning() : settings_(fresh_schema()), store_(std::make_unique<MariadbStore>(settings_)), link_(connect()) {
    epoch_ = std::get<Granted>(store_->take_seat("broker", 1h, std::nullopt)).epoch;
  }

  db::Link connect() const { return must(db::Link::connect(settings_)); }
  // An account as `cadre db init` makes it.
  db::Link connect_as(const std::string& account) const {
    db::Link root = connect();
    const std::string name = account + "_" + settings_.schema;
    must(root.execute("CREATE OR REPLACE USER '" + name + "'@'localhost'"));
    for (const auto& grant : db::grants(settings_.schema, account, "'" + name + "'@'localhost'")) must(root.execute(grant));
    return must(db::Link::connect(server().settings(name, settings_.schema)));
  }
  db::Turn take(db::Link& link, const std::string& holder = "me", Duration ttl = 1h, const std::string& duty = db::records_duty) const {
    const auto taken = must(db::take_turn(link, duty, holder, ttl, 1));
    if (!std::holds_alternative<db::Turn>(taken)) throw std::runtime_error("the turn is taken");
    return std::get<db::Turn>(taken);
  }
  void service_time(Duration since_the_beginning) {
    must(link_.execute("UPDATE cluster SET service_time = ?", {std::int64_t{since_the_beginning.count()}}));
  }

  JobRow job(std::uint64_t sequence, Duration accepted = {}) const {
    JobRow row;
    row.id = JobId::make(epoch_, sequence);
    row.client = "anna";
    row.request.key = fmt::format("key-{:06}", sequence);
    row.request.engine = "echo";
    row.request.body = std::make_shared<Body>(Body{"{}", "payload"});
    row.request.digest = digest_of(row.request);
    row.accepted_at = at(accepted);
    return row;
  }
  OutcomeRow outcome(std::uint64_t sequence, JobState state, Duration ended) const {
    OutcomeRow row;
    row.job = JobId::make(epoch_, sequence);
    row.state = state;
    row.node = "n1";
    row.end.attempt = {row.job, 1};
    row.end.output = std::make_shared<Output>(Output{{"stdout", "twelve bytes"}});
    row.at = at(ended);
    return row;
  }
  void put_blob(BlobId id, const std::string& key, AttemptId attempt, const std::string& bytes) {
    const Blob blob{id, key.empty() ? "" : "anna", key, attempt, {bytes}};
    ASSERT_TRUE(std::holds_alternative<std::set<BlobId>>(store_->put_blobs({blob}, [] { return std::uint64_t{1} << 30; })));
  }
  void write(const Batch& batch) {
    const auto done = store_->apply(epoch_, batch);
    if (!std::holds_alternative<Committed>(done)) throw std::runtime_error("not committed");
  }
  // To its end; dry where there is no turn.
  cleanup::PurgeCounts purge(db::Link& link, std::optional<db::Turn> turn, const cleanup::Retention& retention, cleanup::PurgeLimits limits = {}) {
    cleanup::PurgeRecords purge(link, std::move(turn), retention, limits);
    while (must(purge.step()) != cleanup::PurgeRecords::Went::over) {}
    return purge.counts();
  }
  // Until some statement on this server waits for a row lock. (innodb_trx would not do: who asks more often than ten times a
  // second gets the old answer.)
  static void await_lock_wait(db::Link& link) {
    while (must(link.query("SELECT CAST(variable_value AS UNSIGNED) FROM information_schema.global_status "
                           "WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'")).u64(0, 0) == 0) {}
  }
  std::uint64_t count(const std::string& table, const std::string& where = "1") {
    return must(link_.query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM " + table + " WHERE " + where)).u64(0, 0);
  }
  bool there(std::uint64_t sequence) { return count("job", fmt::format("id = {}", JobId::make(epoch_, sequence).value)) == 1; }

  db::Settings settings_;
  std::unique_ptr<Store> store_;
  db::Link link_;
  Epoch epoch_;
};

}  // namespace cadre::test
