#include "broker/ctl/bench_report.hpp"

#include <fmt/format.h>

#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

double per_100_000(double seconds, const Measured& m) {
  const auto jobs = static_cast<double>(m.done + m.failed);
  return jobs > 0 ? seconds * 100'000 / jobs : 0;
}

double per_second(std::uint64_t count, const Measured& m) { return m.seconds > 0 ? static_cast<double>(count) / m.seconds : 0; }

void add_usage(Json& json, const Usage& usage, const Measured& m) {
  json["commits_per_second"] = per_second(usage.commits, m);
  json["syncs_per_second"] = per_second(usage.syncs, m);
  json["cpu_seconds_per_100000_jobs"] = {{"broker", per_100_000(usage.broker, m)},
                                         {"workers", per_100_000(usage.workers, m)},
                                         {"database", per_100_000(usage.database, m)},
                                         {"bench", per_100_000(usage.bench, m)}};
  json["broker_rss_peak_bytes"] = usage.broker_rss_peak;
}

}  // namespace

Json& Report::add(const std::string& name, const Load& load, const Measured& m, const std::optional<Usage>& usage) {
  Json json = {{"shape", name},         {"engine", load.engine},       {"payload_bytes", load.payload_bytes},
               {"jobs", m.done},        {"failed", m.failed},          {"seconds", m.seconds},
               {"jobs_per_second", m.rate()}, {"accept_p50_us", m.accept_p50}, {"accept_p99_us", m.accept_p99},
               {"end_p50_us", m.end_p50}, {"end_p99_us", m.end_p99}};
  if (usage) add_usage(json, *usage, m);
  std::string text = fmt::format("{:<30} {:>8.0f} jobs/s   accepted p50 {:>6} p99 {:>6} us", name, m.rate(), m.accept_p50, m.accept_p99);
  if (load.until_ended) text += fmt::format("   ended p50 {:>6} p99 {:>6} us", m.end_p50, m.end_p99);
  if (m.failed > 0) text += fmt::format("   {} FAILED", m.failed);
  line(text);
  if (usage)
    line(fmt::format("{:<30} {:>8.0f} commits/s, {:.0f} syncs/s; CPU s per 100,000 jobs: broker {:.2f}, MariaDB {:.2f}, workers {:.2f}, bench {:.2f}; "
                     "broker's memory {} at most",
                     "", per_second(usage->commits, m), per_second(usage->syncs, m), per_100_000(usage->broker, m), per_100_000(usage->database, m),
                     per_100_000(usage->workers, m), per_100_000(usage->bench, m), bytes_for_people(usage->broker_rss_peak)));
  all_["measurements"].push_back(std::move(json));
  return all_["measurements"].back();
}

void Report::line(const std::string& text) const {
  if (!json_) print(text + "\n");
}

void Report::note(const std::string& text) {
  line(text);
  all_["notes"].push_back(text);
}

void Report::finish() const {
  if (json_) print_json(all_);
}

}  // namespace cadre::ctl
