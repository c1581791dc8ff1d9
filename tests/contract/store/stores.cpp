#include "tests/contract/store/stores.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "common/database/schema.hpp"
#include "common/os/clock.hpp"

namespace cadre::test {

PrivateMariadb& server() {
  static PrivateMariadb instance;
  return instance;
}

db::Settings fresh_schema() {
  static int count = 0;
  const std::string schema = "cadre_" + std::to_string(++count);
  auto link = db::Link::connect(server().settings());
  if (const auto* trouble = std::get_if<db::Trouble>(&link)) throw std::runtime_error(trouble->message);
  auto& admin = std::get<db::Link>(link);
  const auto run = [&](const std::string& sql) {
    const auto done = admin.execute(sql);
    if (const auto* trouble = std::get_if<db::Trouble>(&done)) throw std::runtime_error(trouble->message);
  };
  run("CREATE DATABASE " + schema);
  run("USE " + schema);
  for (const auto& statement : db::schema_statements(db::schema_version)) run(statement);
  run("INSERT INTO cluster (only_row, id, schema_version, made) VALUES (1, 'memory', 1, NOW(6))");
  return server().settings({}, schema);
}

Both::Both() : memory(std::make_unique<MemoryStore>(tables, os::wall_now)), mariadb(std::make_unique<MariadbStore>(fresh_schema())) {}

namespace {

template <class T>
std::string trouble(const Stored<T>& answer) {
  if (const auto* away = std::get_if<Away>(&answer)) return "away: " + away->reason;
  if (const auto* fenced = std::get_if<FencedOut>(&answer)) return "fenced by " + fenced->holder;
  return "";
}

std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }

std::string show_end(const AttemptEnd& end) {
  std::string text = fmt::format("{} {} {} {} '{}' {}-{} {} {} '{}'", to_string(end.attempt), to_string(end.kind), to_string(end.cause), end.code,
                                 end.message, micros(end.started), micros(end.ended), end.peak_memory, end.cpu.count(), end.stderr_tail);
  if (end.output)
    for (const auto& file : *end.output) text += fmt::format(" [{}:{}]", file.name, file.bytes);
  return text;
}

std::string show_facts(const JobFacts& facts) {
  const JobRequest& r = facts.row.request;
  std::string text = fmt::format("{} {} '{}' {} {} {} {} {} {} {} {} {} {} {} retry_of {} first {} {} bytes {}", to_string(facts.row.id), facts.row.client,
                                 r.key, r.engine, r.queue, r.batch, r.priority, r.attempts_max, r.backoff.count(), r.time_limit.count(),
                                 r.stall_limit.count(), r.memory_limit, micros(r.not_before), micros(r.not_after), to_string(r.retry_of),
                                 facts.row.first.node, facts.row.first.session.value, facts.payload_bytes);
  if (r.body) text += fmt::format(" body {} {}", r.body->params, r.body->payload);
  for (const auto& attempt : facts.attempts) {
    text += fmt::format("\n  {} on {} {}", to_string(attempt.row.attempt), attempt.row.holder.node, attempt.row.holder.session.value);
    if (attempt.end) text += fmt::format(" ended on {} again after {}: {}", attempt.end->node, attempt.end->retry_after.count(), show_end(attempt.end->end));
  }
  if (facts.outcome)
    text += fmt::format("\n  {} {} on {}: {}", to_string(facts.outcome->state), to_string(facts.outcome->reason), facts.outcome->node, show_end(facts.outcome->end));
  if (facts.retried_as) text += "\n  retried as " + to_string(facts.retried_as);
  return text;
}

}  // namespace

std::string show(const Stored<Committed>& answer) {
  const auto* committed = std::get_if<Committed>(&answer);
  if (committed == nullptr) return trouble(answer);
  std::string text = "committed";
  for (const auto& repeat : committed->repeats)
    text += fmt::format(" {} repeats {} {}", to_string(repeat.withdrawn), to_string(repeat.existing), repeat.same ? "same" : "other");
  return text;
}

std::string show(const Stored<std::vector<OpenJob>>& answer) {
  const auto* jobs = std::get_if<std::vector<OpenJob>>(&answer);
  if (jobs == nullptr) return trouble(answer);
  std::string text;
  for (const auto& job : *jobs)
    text += fmt::format("{} {} {} {} {} {} {} {} {} {} bytes {} attempt {} tries {} deaths {} leased {} {} {}\n", to_string(job.id), job.client,
                        job.request.engine, job.request.queue, job.request.priority, job.request.attempts_max, job.request.backoff.count(),
                        micros(job.request.not_before), micros(job.request.not_after), job.request.memory_limit, job.body_bytes, job.attempt,
                        job.tries, job.deaths, job.leased, job.leased ? job.holder.node : "", job.leased ? job.holder.session.value : 0);
  return text;
}

std::string show(const Stored<std::optional<JobFacts>>& answer) {
  const auto* facts = std::get_if<std::optional<JobFacts>>(&answer);
  if (facts == nullptr) return trouble(answer);
  return *facts ? show_facts(**facts) : "no such job";
}

std::string show(const Stored<Restored>& answer) {
  const auto* restored = std::get_if<Restored>(&answer);
  if (restored == nullptr) return trouble(answer);
  std::string text;
  for (const auto& backup : restored->backups) text += fmt::format("up to {} below {}\n", to_string(backup.upto), backup.below.value);
  for (const auto& row : restored->missing) text += fmt::format("{} on {} {} {}\n", to_string(row.attempt), row.node, row.end ? to_string(*row.end) : "running", micros(row.wall));
  return text;
}

std::string show(const Stored<ListPage>& answer) {
  const auto* page = std::get_if<ListPage>(&answer);
  if (page == nullptr) return trouble(answer);
  std::string text;
  for (const auto& job : page->jobs) text += show_facts(job) + "\n";
  return text;
}

}  // namespace cadre::test
