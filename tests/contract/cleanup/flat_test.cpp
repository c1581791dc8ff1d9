// Steady work for thirty days of service: with records purged each day, the files of the database stop growing once the
// first jobs are old enough, because what a purge leaves free is used again.
#include <tuple>

#include "common/base/mix.hpp"
#include "common/os/clock.hpp"
#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

constexpr Duration day = 24h;

class SteadyWork : public Cleaning {
 protected:
  static constexpr std::uint64_t jobs_a_day = 1'200, batch_size = 200;

  // Bytes that do not compress and differ, some hundreds to some thousands.
  static std::string bytes(std::uint64_t seed) {
    std::string text(500 + mix(seed) % 3'000, ' ');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(mix(seed + i / 8) >> (i % 8 * 8));
    return text;
  }
  void work_for_a_day(Duration today) {
    for (std::uint64_t first = 0; first < jobs_a_day; first += batch_size) {
      Batch batch;
      for (std::uint64_t i = 0; i < batch_size; ++i) {
        JobRow row = job(++sequence_, today);
        row.request.body = std::make_shared<Body>(Body{"{}", bytes(sequence_ * 2'000)});
        batch.attempts.push_back({{row.id, 1}, {"n1", {1}}, at(today), {}});
        batch.outcomes.push_back(outcome(sequence_, sequence_ % 20 == 0 ? JobState::dead : JobState::done, today));
        batch.outcomes.back().end.output = std::make_shared<Output>(Output{{"stdout", bytes(sequence_ * 3'000)}});
        batch.jobs.push_back(std::move(row));
      }
      write(batch);
    }
  }
  // What InnoDB has marked as deleted is free only when its own purge has come by, and on a busy machine that is late.
  // Its history counts transactions, of which a whole day is about a dozen: only when none is left has the day gone.
  // The SET returns when none is left, or when the link's time for one statement is up: then it is asked again.
  void wait_for_innodb() {
    const Instant deadline = os::boot_now() + patience;
    while (os::boot_now() < deadline) {
      std::ignore = link_.execute("SET GLOBAL innodb_max_purge_lag_wait = 0");
      if (history_length() == 0) return;
    }
    throw std::runtime_error(
        fmt::format("InnoDB's own purge has not come to its end within {} s: {} transactions are left", patience / 1s,
                    history_length()));
  }
  std::uint64_t history_length() {
    return must(link_.query("SELECT CAST(variable_value AS UNSIGNED) FROM information_schema.global_status "
                            "WHERE variable_name = 'INNODB_HISTORY_LIST_LENGTH'"))
        .u64(0, 0);
  }
  std::uint64_t size_of_files() {
    return must(link_.query("SELECT CAST(SUM(file_size) AS UNSIGNED) FROM information_schema.innodb_sys_tablespaces "
                            "WHERE name LIKE ?",
                            {settings_.schema + "/%"}))
        .u64(0, 0);
  }

  static constexpr Duration patience = 60s;  // with a day's purge, which takes InnoDB some tenths of a second

  std::uint64_t sequence_ = 0;
};

TEST_F(SteadyWork, TheFilesStayFlatForThirtyDays) {
  cleanup::Retention retention;  // done 7 days
  retention.keep.dead = 7 * day;
  std::map<int, std::uint64_t> sizes;
  for (int today = 1; today <= 30; ++today) {
    work_for_a_day(today * day);
    service_time(today * day + 1h);
    purge(link_, take(link_, "a", -1s), retention);
    wait_for_innodb();
    sizes[today] = size_of_files();
  }
  EXPECT_EQ(count("job"), 7 * jobs_a_day);
  std::string told = fmt::format("{} jobs a day; the files at the end of each day, in KiB:", jobs_a_day);
  for (const auto& [today, size] : sizes) told += fmt::format(" {}", size >> 10);
  std::printf("%s\n", told.c_str());
  // Nothing goes before day 8. The files grow in steps of 4 MiB (four extents), so a day's work, some 10 MiB, is two
  // steps; without a purge it would be fifteen days' work.
  const std::uint64_t days_work = (sizes[8] - sizes[5]) / 3;
  EXPECT_GT(days_work, 4u << 20) << "it is measured; " << told;
  EXPECT_LE(sizes[30], sizes[15] + days_work) << "fifteen days later, no more than one day's work above; " << told;
}

}  // namespace
}  // namespace cadre::test
