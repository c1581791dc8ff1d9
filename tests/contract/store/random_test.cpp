// The same random operations to the store in memory and to MariaDB: the same answers, always. This is what keeps the
// simulator honest: it runs on the store in memory.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "common/base/mix.hpp"
#include "tests/contract/store/stores.hpp"

namespace cadre::test {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) { return mix(state_ += 0x9e3779b97f4a7c15u) % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

// A made-up life of a broker, told as batches. It remembers which jobs are open, so that facts make sense.
class Story {
 public:
  Story(std::uint64_t seed, Epoch epoch) : random_(seed), epoch_(epoch) {}

  Batch next() {
    Batch batch;
    const auto jobs = random_.below(6);
    for (std::uint64_t i = 0; i < jobs; ++i) batch.jobs.push_back(job());
    for (std::uint64_t i = random_.below(6); i > 0 && !open_.empty(); --i) advance(batch);
    if (random_.chance(10)) batch.nodes.push_back({fmt::format("node-{}", random_.below(3)), random_.chance(50)});
    if (random_.chance(10)) {
      KeyRow key{std::string(40, static_cast<char>('a' + random_.below(5))), "k", static_cast<Role>(random_.below(4)), random_.chance(30), "me", {}, WallTime{Duration{static_cast<std::int64_t>(random_.below(3))}}};
      batch.keys.push_back(std::move(key));
    }
    if (random_.chance(15)) batch.checkpoints.push_back(checkpoint());
    if (random_.chance(10)) {
      const auto end = random_.below(4);
      batch.missing.push_back({{JobId{random_.below(5) + 1}, 1}, "node-1", end == 3 ? std::nullopt : std::optional{static_cast<EndKind>(end)}, WallTime{Duration{static_cast<std::int64_t>(random_.below(3))}}});
    }
    for (const auto& row : batch.jobs) fresh_.push_back(row.id);
    return batch;
  }

  // What the store said of the last batch's new jobs.
  void learn(const Committed& committed) {
    for (const JobId id : fresh_) {
      bool withdrawn = false;
      for (const auto& repeat : committed.repeats) withdrawn = withdrawn || repeat.withdrawn == id;
      if (!withdrawn) open_[id] = born_with_attempt_.contains(id) ? 1 : 0;
      if (withdrawn) leased_.erase(id);
    }
    fresh_.clear();
  }

  JobId any_id() { return JobId::make(epoch_, 1 + random_.below(sequence_ + 2)); }
  Random& random() { return random_; }
  std::uint64_t sequence() const { return sequence_; }

 private:
  JobRow job() {
    JobRow row;
    row.id = JobId::make(epoch_, ++sequence_);
    row.client = random_.chance(80) ? "anna" : "tom";
    JobRequest& r = row.request;
    r.key = random_.chance(75) ? fmt::format("key-{}", sequence_) : fmt::format("key-{}", 1 + random_.below(sequence_));
    r.engine = random_.chance(50) ? "echo" : "content";
    r.queue = random_.chance(70) ? "default" : "night";
    r.batch = random_.chance(70) ? "" : fmt::format("batch-{}", random_.below(3));
    r.priority = static_cast<int>(random_.below(5)) - 2;
    r.attempts_max = static_cast<std::uint32_t>(1 + random_.below(4));
    r.backoff = Duration{static_cast<std::int64_t>(random_.below(1'000'000))};
    r.not_after = WallTime{Duration{random_.chance(20) ? 1'900'000'000'000'000 : 0}};
    r.memory_limit = random_.chance(10) ? ~std::uint64_t{0} : 0;
    std::string payload(random_.below(300), '\0');
    for (auto& c : payload) c = static_cast<char>(random_.below(256));
    r.body = std::make_shared<Body>(Body{R"({"größe":1})", payload});
    r.digest = digest_of(r);
    if (random_.chance(40)) {
      row.first = {fmt::format("node-{}", random_.below(3)), SessionId{~std::uint64_t{0} - random_.below(5)}};
      born_with_attempt_.insert(row.id);
      leased_.insert(row.id);
    }
    return row;
  }

  AttemptEnd end(JobId id, std::uint32_t number) {
    AttemptEnd end;
    end.attempt = {id, number};
    end.kind = EndKind::failed;
    end.cause = static_cast<Cause>(1 + random_.below(11));
    end.code = static_cast<std::int32_t>(random_.below(256)) - 1;
    end.message = random_.chance(50) ? "" : "'quoted' \\ \"text\" with ü";
    end.started = WallTime{Duration{1'800'000'000'000'000}};
    end.ended = WallTime{Duration{1'800'000'000'500'000}};
    end.peak_memory = random_.below(1u << 30);
    end.cpu = Duration{static_cast<std::int64_t>(random_.below(10'000'000))};
    end.stderr_tail = random_.chance(50) ? "" : std::string("last words\n\0bytes\xff", 18);
    return end;
  }

  // One step of one open job: an attempt is given, ends, or the job ends.
  void advance(Batch& batch) {
    auto place = open_.begin();
    std::advance(place, static_cast<std::ptrdiff_t>(random_.below(open_.size())));
    const JobId id = place->first;
    std::uint32_t& attempts = place->second;
    if (!leased_.contains(id)) {
      if (random_.chance(10)) return finish(batch, place, random_.chance(50) ? JobState::cancelled : JobState::dead);
      batch.attempts.push_back({{id, ++attempts}, {fmt::format("node-{}", random_.below(3)), SessionId{random_.below(100)}}, {}, {}});
      leased_.insert(id);
      return;
    }
    if (random_.chance(60)) return finish(batch, place, random_.chance(80) ? JobState::done : JobState::dead);
    AttemptEnd ended = end(id, attempts);
    if (random_.chance(20)) ended.kind = EndKind::not_started, ended.cause = Cause::none;
    batch.ends.push_back({std::move(ended), "node-1", Duration{1000}, {}, {}});
    leased_.erase(id);
  }

  void finish(Batch& batch, std::map<JobId, std::uint32_t>::iterator place, JobState state) {
    OutcomeRow row;
    row.job = place->first;
    row.state = state;
    row.reason = state == JobState::done ? Reason::none : state == JobState::dead ? Reason::attempts_exhausted : Reason::cancelled;
    row.node = leased_.contains(row.job) ? "node-0" : "";
    row.end = end(row.job, leased_.contains(row.job) ? place->second : 0);
    if (state == JobState::done) {
      row.end.kind = EndKind::succeeded;
      row.end.cause = Cause::none;
      auto output = std::make_shared<Output>();
      for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) output->push_back({fmt::format("file-{}.pdf", i), std::string(random_.below(50), 'r')});
      row.end.output = std::move(output);
    }
    leased_.erase(row.job);
    open_.erase(place);
    batch.outcomes.push_back(std::move(row));
  }

  CheckpointRow checkpoint() {
    CheckpointRow row;
    row.upto = JobId::make(epoch_, sequence_);
    std::set<JobId> ids(fresh_.begin(), fresh_.end());
    for (const auto& [id, attempts] : open_) ids.insert(id);
    for (std::uint64_t i = 1; i <= sequence_; ++i)  // jobs of this very batch
      if (i + 8 > sequence_) ids.insert(JobId::make(epoch_, i));
    for (const JobId id : ids) {
      if (!row.open.empty() && row.open.back().second.value + 1 == id.value) row.open.back().second = id;
      else row.open.emplace_back(id, id);
    }
    return row;
  }

  Random random_;
  const Epoch epoch_;
  std::uint64_t sequence_ = 0;
  std::map<JobId, std::uint32_t> open_;
  std::set<JobId> leased_, born_with_attempt_;
  std::vector<JobId> fresh_;
};

ListFilter random_filter(Random& random, Epoch epoch, std::uint64_t sequence) {
  ListFilter filter;
  if (random.chance(50)) filter.state = static_cast<JobState>(3 + random.below(3));
  if (random.chance(30)) filter.queue = "night";
  if (random.chance(30)) filter.engine = "echo";
  if (random.chance(30)) filter.batch = fmt::format("batch-{}", random.below(3));
  if (random.chance(30)) filter.client = "tom";
  if (random.chance(40)) filter.before = JobId::make(epoch, 1 + random.below(sequence + 1));
  filter.limit = static_cast<std::uint32_t>(1 + random.below(20));
  filter.not_retried = random.chance(20);
  return filter;
}

// Some payloads and results are put down ahead of the batch, as the broker does with large ones.
void put_ahead(Batch& batch, Both& both, Random& random, Epoch epoch, std::uint64_t& blobs_made) {
  std::vector<Blob> blobs;
  std::map<BlobId, BlobId*> named;
  const auto add = [&](Blob blob, BlobId& name) {
    blob.id = BlobId::make(epoch, ++blobs_made);
    named.emplace(blob.id, &name);
    blobs.push_back(std::move(blob));
  };
  for (JobRow& row : batch.jobs)
    if (random.chance(25)) add({{}, row.client, row.request.key, {}, {row.request.body->payload}}, row.request.blob);
  for (OutcomeRow& row : batch.outcomes) {
    if (!row.end.output || !random.chance(25)) continue;
    Blob blob;
    blob.attempt = row.end.attempt;
    for (const auto& file : *row.end.output) blob.parts.push_back(file.bytes);
    add(std::move(blob), row.end.blob);
  }
  const auto pace = [&] { return 1 + random.below(100'000); };
  const auto written = std::get<std::set<BlobId>>(both.memory->put_blobs(blobs, pace));
  ASSERT_EQ(written, std::get<std::set<BlobId>>(both.mariadb->put_blobs(blobs, pace)));
  for (const BlobId id : written) *named.at(id) = id;
}

void tell(std::uint64_t seed, int steps) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Both both;
  const auto epoch = std::get<Granted>(both.memory->take_seat("a", 1h, std::nullopt)).epoch;
  ASSERT_EQ(std::get<Granted>(both.mariadb->take_seat("a", 1h, std::nullopt)).epoch, epoch);
  Story story(seed, epoch);
  std::uint64_t blobs_made = 0;
  for (int i = 0; i < steps; ++i) {
    Batch batch = story.next();
    put_ahead(batch, both, story.random(), epoch, blobs_made);
    const auto answer = both.memory->apply(epoch, batch);
    ASSERT_EQ(show(answer), show(both.mariadb->apply(epoch, batch)));
    story.learn(std::get<Committed>(answer));
    // An answer that was lost: the same batch again, the same answer again.
    if (story.random().chance(10)) {
      ASSERT_EQ(show(both.memory->apply(epoch, batch)), show(both.mariadb->apply(epoch, batch)));
    }
    if (story.random().chance(20)) {
      const JobId id = story.any_id();
      const With with = static_cast<With>(story.random().below(3));
      ASSERT_EQ(show(both.memory->facts(id, with)), show(both.mariadb->facts(id, with)));
    }
    if (story.random().chance(10)) {
      const auto filter = random_filter(story.random(), epoch, story.sequence());
      ASSERT_EQ(show(both.memory->list(filter)), show(both.mariadb->list(filter)));
    }
    if (story.random().chance(10)) {
      const std::string key = fmt::format("key-{}", 1 + story.random().below(story.sequence() + 1));
      const std::string client = story.random().chance(50) ? "anna" : "";
      ASSERT_EQ(std::get<JobId>(both.memory->find_key(client, key)), std::get<JobId>(both.mariadb->find_key(client, key)));
    }
    if (story.random().chance(5)) {
      ASSERT_EQ(show(both.memory->load_restored()), show(both.mariadb->load_restored()));
    }
    if (story.random().chance(5)) {
      ASSERT_EQ(show(both.memory->load_open(JobId{}, 1'000'000)), show(both.mariadb->load_open(JobId{}, 1'000'000)));
    }
  }
  // Everything that is open, page by page.
  JobId after;
  while (true) {
    const auto memory = both.memory->load_open(after, 7);
    const auto mariadb = both.mariadb->load_open(after, 7);
    ASSERT_EQ(show(memory), show(mariadb));
    const auto& jobs = std::get<std::vector<OpenJob>>(memory);
    if (jobs.size() < 7) break;
    after = jobs.back().id;
  }
}

TEST(StoreContract, TheSameRandomOperationsGiveTheSameAnswers) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    tell(seed, 150);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace cadre::test
