#include "broker/ctl/bench_usage.hpp"

#include <sys/resource.h>

#include "broker/ctl/db.hpp"

namespace cadre::ctl {

namespace {

double cpu_of(pid_t pid) {
  const auto usage = os::usage_of(pid);
  return usage ? usage->cpu_seconds : 0;
}

}  // namespace

Usage usage_now(BenchCluster& cluster) {
  Usage now;
  auto link = cluster.database("");
  const auto rows = link.query("SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS "
                               "WHERE VARIABLE_NAME IN ('COM_COMMIT', 'INNODB_DATA_FSYNCS')");
  if (const auto* found = std::get_if<db::Rows>(&rows)) {
    for (std::size_t i = 0; i < found->size(); ++i) {
      const std::uint64_t value = std::strtoull(found->text(i, 1).c_str(), nullptr, 10);
      (found->text(i, 0) == "COM_COMMIT" ? now.commits : now.syncs) = value;
    }
  }
  if (cluster.broker() != nullptr) {
    const auto broker = os::usage_of(cluster.broker()->pid());
    now.broker = broker ? broker->cpu_seconds : 0;
    now.broker_rss_peak = broker ? broker->rss_peak : 0;
  }
  for (const auto& worker : cluster.workers()) now.workers += cpu_of(worker.pid());
  now.database = cpu_of(cluster.server().pid());
  rusage own{};  // without the children that have ended
  getrusage(RUSAGE_SELF, &own);
  now.bench = static_cast<double>(own.ru_utime.tv_sec + own.ru_stime.tv_sec) + static_cast<double>(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
  return now;
}

Usage operator-(const Usage& after, const Usage& before) {
  return {after.broker - before.broker, after.workers - before.workers, after.database - before.database, after.bench - before.bench,
          after.commits - before.commits, after.syncs - before.syncs, after.broker_rss_peak};
}

}  // namespace cadre::ctl
