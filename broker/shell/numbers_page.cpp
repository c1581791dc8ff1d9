// The broker's numbers as Prometheus reads them. common/monitor/DESIGN.md lists them, and those that are left out.
#include "broker/shell/numbers.hpp"

namespace cadre {

namespace {

using monitor::MetricsPage;
using Kind = MetricsPage::Kind;

template <std::size_t... I>
std::array<std::string_view, sizeof...(I)> names_of_messages(std::index_sequence<I...>) {
  return {name_of(Message(std::in_place_index<I>))...};
}

void write_queues(MetricsPage& page, const std::vector<QueueNumbers>& queues) {
  page.family("cadre_jobs", Kind::gauge,
              "Open jobs by queue and state: ready is waiting for a node, leased is given to one.");
  for (const auto& q : queues) {
    page.value({{"queue", q.queue}, {"state", "delayed"}}, q.delayed);
    page.value({{"queue", q.queue}, {"state", "ready"}}, q.ready);
    page.value({{"queue", q.queue}, {"state", "leased"}}, q.leased);
  }
  page.family("cadre_queue_oldest_job_age_seconds", Kind::gauge,
              "How long the job that has waited longest in this queue has been ready, at least: a restart of the "
              "broker begins anew. 0 where none waits.");
  for (const auto& q : queues) page.value({{"queue", q.queue}}, q.oldest.value_or(Duration{}));
  page.family("cadre_jobs_submitted_total", Kind::counter, "Jobs accepted and stored, since the broker got its lease.");
  for (const auto& q : queues) page.value({{"queue", q.queue}}, q.submitted);
  page.family("cadre_job_wait_duration_seconds", Kind::histogram, "From ready to given out, for each attempt.");
  for (const auto& q : queues) page.value({{"queue", q.queue}}, q.wait);
}

void write_engines(MetricsPage& page, const BrokerNumbers& numbers) {
  page.family("cadre_jobs_finished_total", Kind::counter, "Jobs that have come to their end.");
  for (const auto& f : numbers.finished) {
    page.value({{"queue", f.queue}, {"engine", f.engine}, {"outcome", "done"}}, f.tally.done);
    page.value({{"queue", f.queue}, {"engine", f.engine}, {"outcome", "dead"}}, f.tally.dead);
    page.value({{"queue", f.queue}, {"engine", f.engine}, {"outcome", "cancelled"}}, f.tally.cancelled);
  }
  page.family("cadre_job_attempts_total", Kind::counter, "Attempts that have ended, by how.");
  for (const auto& e : numbers.engines)
    for (std::size_t i = 0; i < attempt_ends; ++i)
      if (e.tally.attempts[i] > 0)
        page.value({{"engine", e.engine}, {"reason", word_of_attempt_end(i)}}, e.tally.attempts[i]);
  page.family("cadre_job_run_duration_seconds", Kind::histogram,
              "How long engines ran for an attempt, as the worker measured.");
  for (const auto& e : numbers.engines) page.value({{"engine", e.engine}}, e.tally.run);
}

void write_nodes(MetricsPage& page, const std::vector<NodeNumbers>& nodes) {
  page.family("cadre_node_up", Kind::gauge, "1 while the node's worker is connected.");
  for (const auto& n : nodes) page.value({{"node", n.node}}, std::uint64_t{n.up});
  page.family("cadre_node_cordoned", Kind::gauge,
              "1 while the node gets no jobs because a person said so (cadre node drain).");
  for (const auto& n : nodes) page.value({{"node", n.node}}, std::uint64_t{n.cordoned});
  page.family("cadre_node_slots", Kind::gauge, "Attempts that the node runs at once.");
  for (const auto& n : nodes) page.value({{"node", n.node}}, n.slots);
  page.family("cadre_node_jobs_held", Kind::gauge,
              "Jobs given to the node and not ended: running, or waiting there for a slot.");
  for (const auto& n : nodes) page.value({{"node", n.node}}, n.held);
  page.family("cadre_node_heartbeat_timestamp_seconds", Kind::gauge,
              "When the node was last heard, by the broker's clock.");
  for (const auto& n : nodes)
    if (n.heard) page.value({{"node", n.node}}, monitor::timestamp(*n.heard));
  page.family("cadre_engine_quarantined", Kind::gauge,
              "1 while the node gets no jobs for this engine, because it is broken there.");
  for (const auto& n : nodes)
    for (const auto& [engine, quarantined] : n.engines)
      page.value({{"node", n.node}, {"engine", engine}}, std::uint64_t{quarantined});
}

void write_stats(MetricsPage& page, const Stats& stats) {
  page.family("cadre_submits_answered_total", Kind::counter, "Answers to submits. put_off: to be repeated later.");
  page.value({{"standing", "accepted"}}, stats.accepted);
  page.value({{"standing", "repeat"}}, stats.repeats);
  page.value({{"standing", "refused"}}, stats.refused);
  page.value({{"standing", "put_off"}}, stats.put_off);
  page.one("cadre_attempts_lost_total", Kind::counter, "Attempts whose node was lost.", stats.lost);
  page.one("cadre_attempts_adopted_total", Kind::counter, "Attempts that ran on over a restart of the broker.",
           stats.adopted);
  page.one("cadre_stale_reports_total", Kind::counter, "Reports of attempts that had been given up.",
           stats.stale_reports);
}

void write_traffic(MetricsPage& page, const BrokerNumbers& numbers) {
  const auto names = names_of_messages(std::make_index_sequence<std::variant_size_v<Message>>{});
  page.family("cadre_broker_messages_total", Kind::counter, "Messages of the protocol.");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (numbers.counts.heard[i] > 0) page.value({{"direction", "in"}, {"type", names[i]}}, numbers.counts.heard[i]);
    if (numbers.said[i] > 0) page.value({{"direction", "out"}, {"type", names[i]}}, numbers.said[i]);
  }
  page.family("cadre_auth_rejected_total", Kind::counter,
              "Connections of keys that are not admitted; messages of revoked keys; messages that a role may not say.");
  page.value({{"reason", "unknown_key"}}, numbers.refused_keys);
  page.value({{"reason", "revoked_key"}}, numbers.counts.revoked);
  page.value({{"reason", "role"}}, numbers.counts.not_allowed);
  page.one("cadre_protocol_errors_total", Kind::counter,
           "Messages that could not be read, or that their sender may not say.", numbers.protocol_errors);
}

void write_database(MetricsPage& page, const BrokerNumbers& numbers) {
  page.one("cadre_db_up", Kind::gauge, "1 while the database answers.", std::uint64_t{numbers.database_up});
  page.family("cadre_db_query_duration_seconds", Kind::histogram,
              "How long exchanges with the database took, also those that failed.");
  for (std::size_t i = 0; i < exchange_count; ++i)
    page.value({{"statement", to_string(static_cast<Exchange>(i))}}, numbers.counts.exchanges[i]);
  page.family("cadre_lease_held", Kind::gauge, "1 where this broker is the active one.");
  page.value({{"lease", "broker"}}, std::uint64_t{numbers.lease_held});
  page.one("cadre_lease_renew_failures_total", Kind::counter,
           "Renewals of the broker's lease that the database did not answer.", numbers.counts.renew_failures);
  if (!numbers.volume) return;
  page.one("cadre_db_volume_free_bytes", Kind::gauge, "Free on the fullest volume on which the database grows.",
           numbers.volume->free);
  page.one("cadre_db_volume_size_bytes", Kind::gauge, "The size of that volume.", numbers.volume->total);
}

void write_cleanup(MetricsPage& page, const BrokerNumbers& numbers) {
  if (numbers.cleanup) {
    page.family("cadre_cleanup_last_success_timestamp_seconds", Kind::gauge,
                "When the last turn of clean-up began that came to its end; 0: never.");
    for (const auto& [duty, last] : numbers.cleanup->last_good) page.value({{"duty", duty}}, monitor::timestamp(last));
    page.one("cadre_cleanup_warnings", Kind::gauge, "What is wrong with clean-up, in sentences: cadre cleanup status.",
             numbers.cleanup->warnings);
    page.one("cadre_db_used_bytes", Kind::gauge, "What the schema's tables take.", numbers.cleanup->bytes);
    page.one("cadre_db_reclaimable_bytes", Kind::gauge, "Free inside the files of the schema's tables.",
             numbers.cleanup->reclaimable);
  }
  if (!numbers.removed) return;
  page.family("cadre_cleanup_rows_deleted_total", Kind::counter, "Records that this process has purged.");
  for (const auto& [kind, count] : numbers.removed->rows) page.value({{"kind", kind}}, count);
  page.one("cadre_cleanup_freed_bytes_total", Kind::counter, "Of payloads and results that this process has purged.",
           numbers.removed->bytes);
}

}  // namespace

void write_page(MetricsPage& page, const BrokerNumbers& numbers) {
  page.family("cadre_build_info", Kind::gauge, "The release that runs.");
  page.value({{"version", CADRE_VERSION}, {"role", "broker"}}, std::uint64_t{1});
  write_database(page, numbers);
  write_queues(page, numbers.queues);
  write_engines(page, numbers);
  write_nodes(page, numbers.nodes);
  if (numbers.stats) write_stats(page, *numbers.stats);
  write_traffic(page, numbers);
  write_cleanup(page, numbers);
}

}  // namespace cadre
