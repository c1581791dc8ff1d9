// The long measurements of `cadre bench --private --shape ...`, each on a private cluster of its own.
#pragma once

#include "broker/ctl/bench_cluster.hpp"
#include "broker/ctl/bench_report.hpp"
#include "broker/ctl/load.hpp"

namespace cadre::ctl {

struct BenchOptions {
  Load load;
  BenchCluster::Settings cluster;
  std::string shape = "all";
  bool own_cluster = false;
  bool memory = false;
  bool baseline = false;
  std::uint64_t backlog = 1'000'000;  // waiting jobs
  std::uint64_t kept = 10'000'000;    // finished jobs
};

// Many jobs wait while no worker runs: what they cost compared with few, the broker's memory, restarts with all of them.
void measure_backlog(const BenchOptions& options, Report& report);
// Large payloads and results, in MB/s, beside what the disk writes.
void measure_payloads(const BenchOptions& options, Report& report);
// Small jobs at a pace, alone and beside a stream of large ones.
void measure_mixed(const BenchOptions& options, Report& report);
// Very many finished jobs are kept: restart, lists, and the rate compared with an empty schema.
void measure_kept(const BenchOptions& options, Report& report);
// Old records are purged while jobs run: how long it takes, and what it costs the jobs.
void measure_purge(const BenchOptions& options, Report& report);

// `options.kept` finished jobs as the store would have written them, 1,000 of them open.
void fill_with_kept(BenchCluster& cluster, const BenchOptions& options, Report& report);

Measured measured(const BenchCluster& cluster, const std::string& name, const Load& load);
void print_restart(Report& report, const std::string& how, Duration took, double limit_seconds);

}  // namespace cadre::ctl
