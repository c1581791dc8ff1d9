// The worker's numbers as Prometheus reads them. common/monitor/DESIGN.md lists them.
#include "worker/shell/numbers.hpp"

namespace cadre {

namespace {

using monitor::MetricsPage;
using Kind = MetricsPage::Kind;

void write_attempts(MetricsPage& page, const WorkerNumbers& numbers) {
  page.one("cadre_worker_slots", Kind::gauge, "Attempts that run at once.", numbers.slots);
  page.family("cadre_worker_attempts", Kind::gauge, "Attempts held: running, or waiting for a slot.");
  page.value({{"state", "running"}}, numbers.running);
  page.value({{"state", "waiting"}}, numbers.waiting);
  page.one("cadre_worker_reports_retained", Kind::gauge, "Reports that the broker has not confirmed yet.",
           numbers.retained);
  page.family("cadre_worker_attempts_started_total", Kind::counter, "Engines started for an attempt.");
  for (const auto& [engine, count] : numbers.started) page.value({{"engine", engine}}, count);
  page.family("cadre_worker_attempts_ended_total", Kind::counter, "Attempts whose engine has ended, by how.");
  for (const auto& [reason, count] : numbers.ended) page.value({{"reason", reason}}, count);
  page.family("cadre_worker_engines", Kind::gauge,
              "Engines of this node; broken ones are not offered, and the log says why.");
  page.value({{"state", "offered"}}, numbers.engines_offered);
  page.value({{"state", "broken"}}, numbers.engines_broken);
}

void write_cleanup(MetricsPage& page, const WorkerNumbers& numbers) {
  page.one("cadre_cleanup_files_deleted_total", Kind::counter,
           "Files without an owner that this process has removed from its spool.", numbers.swept.files);
  if (numbers.purged) {
    page.family("cadre_cleanup_rows_deleted_total", Kind::counter, "Records that this process has purged.");
    for (const auto& [kind, count] : numbers.purged->rows) page.value({{"kind", kind}}, count);
  }
  page.one("cadre_cleanup_freed_bytes_total", Kind::counter,
           "Of what this process has removed: files, payloads and results.",
           numbers.swept.bytes + (numbers.purged ? numbers.purged->bytes : 0));
}

}  // namespace

void write_page(MetricsPage& page, const WorkerNumbers& numbers) {
  page.family("cadre_build_info", Kind::gauge, "The release that runs.");
  page.value({{"version", CADRE_VERSION}, {"role", "worker"}}, std::uint64_t{1});
  page.one("cadre_worker_admitted", Kind::gauge, "1 while a broker has let this worker in.",
           std::uint64_t{numbers.admitted});
  if (numbers.heard)
    page.one("cadre_worker_broker_heard_timestamp_seconds", Kind::gauge, "When the broker was last heard.",
             monitor::timestamp(*numbers.heard));
  write_attempts(page, numbers);
  page.one("cadre_worker_spool_free_bytes", Kind::gauge, "Free on the volume of the spool.", numbers.spool_free);
  page.one("cadre_worker_spool_size_bytes", Kind::gauge, "The size of that volume.", numbers.spool_size);
  write_cleanup(page, numbers);
}

}  // namespace cadre
