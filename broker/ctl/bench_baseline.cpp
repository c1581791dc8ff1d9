#include "broker/ctl/bench_baseline.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr const char* schema = "plain_queue";
constexpr int workers = 2;
constexpr auto idle_wait = std::chrono::milliseconds(1);  // of a worker that found nothing, as such programs do

template <class T>
T must(db::Outcome<T> outcome) {
  if (const auto* trouble = std::get_if<db::Trouble>(&outcome)) throw Stop{Exit::again, "the plain queue: " + trouble->message};
  return std::move(std::get<T>(outcome));
}

struct Progress {
  std::uint64_t jobs = 0;
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> failed{false};
  bool over() const { return failed || done >= jobs; }
};

void submit(db::Link& link, Progress& progress, std::uint32_t window, const std::string& payload) {
  for (std::uint64_t i = 0; i < progress.jobs; ++i) {
    for (std::uint64_t done = progress.done; i - done >= window && !progress.failed; done = progress.done) progress.done.wait(done);
    if (progress.failed) return;
    (void)must(link.execute("INSERT INTO job (state, payload) VALUES ('ready', ?)", {payload}));
  }
}

// One job; false: there was none.
bool work(db::Link& link) {
  (void)must(link.execute("BEGIN"));
  const auto rows = must(link.query("SELECT id, payload FROM job WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"));
  if (!rows.empty()) (void)must(link.execute("UPDATE job SET state = 'done', result = ? WHERE id = ?", {rows.text(0, 1), rows.u64(0, 0)}));
  (void)must(link.execute("COMMIT"));
  return !rows.empty();
}

}  // namespace

Baseline run_baseline(BenchCluster& cluster, std::uint64_t jobs, std::uint32_t window, std::size_t payload_bytes) {
  db::Link admin = cluster.database("");
  (void)must(admin.execute(std::string("CREATE DATABASE IF NOT EXISTS ") + schema));
  (void)must(admin.execute(std::string("USE ") + schema));
  (void)must(admin.execute("CREATE TABLE job (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, state ENUM('ready', 'done') NOT NULL, "
                           "payload LONGBLOB NOT NULL, result LONGBLOB, KEY (state)) ENGINE=InnoDB"));
  Progress progress;
  progress.jobs = jobs;
  std::mutex mutex;
  std::exception_ptr first_trouble;
  const auto guarded = [&](const auto& body) {
    try {
      db::Link link = cluster.database(schema);
      body(link);
    } catch (...) {
      const std::lock_guard guard(mutex);
      if (!first_trouble) first_trouble = std::current_exception();
      progress.failed = true;
      progress.done += 1;  // wakes who waits for it
      progress.done.notify_all();
    }
  };
  const Instant began = os::boot_now();
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i)
    threads.emplace_back(guarded, [&](db::Link& link) {
      while (!progress.over()) {
        if (!work(link)) {
          std::this_thread::sleep_for(idle_wait);
          continue;
        }
        progress.done += 1;
        progress.done.notify_all();
      }
    });
  guarded([&](db::Link& link) { submit(link, progress, window, std::string(payload_bytes, 'x')); });
  for (auto& thread : threads) thread.join();
  const double seconds = static_cast<double>((os::boot_now() - began).count()) / 1e6;
  if (first_trouble) std::rethrow_exception(first_trouble);
  (void)must(admin.execute(std::string("DROP DATABASE ") + schema));
  return {jobs, seconds};
}

}  // namespace cadre::ctl
