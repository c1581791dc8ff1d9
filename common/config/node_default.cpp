// The sample files of a node, written from the very defaults that a node starts with.
#include <fmt/format.h>

#include "common/config/node.hpp"
#include "common/config/words.hpp"

namespace cadre {
namespace {

using yaml::bytes_word;
using yaml::duration_word;

class Writer {
 public:
  void comment(std::string_view text) { text_ += fmt::format("# {}\n", text); }
  void section(std::string_view name, std::string_view about) { text_ += fmt::format("\n# {}\n{}:\n", about, name); }
  void top(std::string_view key, std::string_view value, std::string_view about) { line("", key, value, about); }
  void key(std::string_view key, std::string_view value, std::string_view about) { line("  ", key, value, about); }
  void key(std::string_view name, std::uint64_t value, std::string_view about) {
    key(name, std::to_string(value), about);
  }
  void path(std::string_view name, const std::filesystem::path& value, std::string_view about) {
    key(name, value.empty() ? "\"\"" : value.string(), about);
  }
  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view indent, std::string_view key, std::string_view value, std::string_view about) {
    constexpr int comment_column = 46;
    text_ += fmt::format("{:<{}}# {}\n", fmt::format("{}{}: {} ", indent, key, value), comment_column, about);
  }

  std::string text_;
};

void database(Writer& out, const DatabaseConfig& config) {
  out.section("database",
              "MariaDB: either a socket on this machine, or host and port. An extension asks the broker instead.");
  out.path("socket", config.socket, "the server's socket; \"\" where host is set");
  out.key("host", "\"\"", "name or address; \"\": use the socket");
  out.key("port", config.port, "1 to 65535; used with host");
  out.key("schema", config.schema, "the database in which the tables are");
  out.key("user", config.user, "the account; it cannot delete jobs");
  out.key("accounts", "apart", "apart; legacy: an account that may delete jobs is put up with, and every status says so");
  out.path("password_file", config.password_file, "a file with the password, read at each connect; \"\": none (unix_socket authentication)");
  out.path("tls_ca_file", config.tls_ca_file, "the authority that signed the host's certificate; \"\": no TLS");
  out.key("check_every", duration_word(config.check_every), "1s to 1h: how often the server's settings are looked at");
  out.path("ballast_file", config.ballast_file, "on the database's volume: room that is given up when less than half of free_space_min is left; \"\": none");
  out.key("ballast_size", bytes_word(config.ballast_size), "1MiB to 1024TiB: of that file");
}

void policy(Writer& out, const PolicyConfig& config) {
  out.section("policy", "How the broker treats jobs and workers.");
  out.key("lease_ttl", duration_word(config.lease_ttl), "3s to 24h: silence after which an attempt is given up");
  out.key("beat_interval", duration_word(config.beat_interval),
          "100ms to 60s: how often workers tell their state; at most lease_ttl/3");
  out.key("seat_ttl", duration_word(config.seat_ttl), "1s to 10min: silence after which another broker takes over");
  out.key("payload_max", bytes_word(config.payload_max), "1KiB to 256MiB: of one job");
  out.key("waiting_max", config.waiting_max, "1 to 1000000000: jobs waiting at most; more are refused");
  out.key("body_memory", bytes_word(config.body_memory),
          "1MiB to 1TiB: payloads of waiting jobs kept in memory at most");
  out.key("backoff_max", duration_word(config.backoff_max), "1s to 24h: the longest pause before another try");
  out.key("seat_taken", "wait", "wait or exit: what this broker does while another one is active");
  out.key("strict_engines", config.strict_engines ? "true" : "false",
          "true or false: whether jobs for engines that no worker offers are refused");
  out.key("free_space_min", bytes_word(config.free_space_min),
          "0 to 1024TiB: of the database's volume; with less, submits are put off");
}

void work_limits(Writer& out, const WorkLimits& config) {
  out.section("limits", "What may be at work at once in the whole cluster. Read again on SIGHUP (systemctl reload cadre-broker).");
  out.key("nodes", config.nodes, "nodes that are given jobs; the others stay listed, idle; 0: all");
  out.key("engines", "{}", "attempts of an engine at once, on all nodes together: {ocr: 4}");
}

void clean_up(Writer& out, const cleanup::Policy& config) {
  const cleanup::Retention& r = config.retention;
  out.section("cleanup", "What is kept how long, and when is cleaned: for the whole cluster. Times count from a job's end.");
  out.key("keep_done", duration_word(r.keep.done), "jobs that are done");
  out.key("keep_cancelled", duration_word(r.keep.cancelled), "jobs that were cancelled");
  out.key("keep_dead", duration_word(r.keep.dead), "jobs that are dead; `cadre job keep` keeps one for ever");
  out.key("keep_results", r.keep.results ? duration_word(*r.keep.results) : "job", "of done jobs, payloads and results of 64KiB and more: as long as the job, or 1d");
  out.key("keep_keys", duration_word(r.keys), "7d and more, from the accept: how long a repeated submit is known as one");
  out.key("keep_runs", duration_word(r.runs), "what each turn of clean-up did");
  out.key("queues", "{}", "otherwise for a queue: {invoices: {keep_done: 90d}}");
  out.key("engines", "{}", "otherwise for an engine, where its queue says nothing");
  out.key("schedule", config.schedule, "every 6h, or cron: 30 2 * * * (minute hour day month weekday)");
  out.key("time_zone", config.time_zone, "of a cron line: Europe/Berlin");
  out.key("spread", duration_word(config.spread), "the nodes' turns begin within this time, one after the other");
  out.key("turns_max", config.turns_max, "1 to 8: nodes that clean at once, at most");
  out.key("turn_ttl", duration_word(config.turn_ttl), "3s to 10min: a turn whose holder is not heard of for so long goes to another");
  out.key("records_by", config.records_by, "auto (the database's host), elect, or a node's name: who purges records");
  out.key("files_grace", duration_word(config.files_grace), "a file in a spool that nobody owns stays so long");
  out.key("slow_above_waiting", config.slow_above_waiting, "jobs waiting: with more, records are purged slowly");
  out.key("slow_above_age", duration_word(config.slow_above_age), "of the oldest job that waits: the same");
}

void purge(Writer& out, const PurgeConfig& config, bool master) {
  out.section("purge", "The machine that hosts the database purges records, with an account of its own.");
  out.key("records", "detect", "detect, always or never: whether this machine takes itself for that one");
  out.path("socket", config.socket, master ? "the server's socket; \"\": as in database" : "the server's socket; \"\": the database is not here");
  if (!master) out.key("schema", config.schema, "the database in which the tables are");
  out.key("user", config.user, "the account that may delete jobs");
  out.path("password_file", config.password_file, master ? "0600; \"\": cadre_purge.password beside database.password_file" : "0600");
  if (master) return;
  out.path("ballast_file", config.ballast_file, "on the database's volume: room that is given up when it runs out (policy.free_space_min on the master); \"\": none");
  out.key("ballast_size", bytes_word(config.ballast_size), "1MiB to 1024TiB: of that file");
}

void worker(Writer& out, const WorkerConfig& config, NodeRole role) {
  out.section("worker", "The worker of this node.");
  out.key("slots", config.slots, "0 to 1024 attempts at once; 0: as many as cores");
  out.key("credit_max", config.credit_max, "1 to 3072: attempts held ready beyond the free slots");
  out.path("spool", config.spool, "a directory for attempts and for reports not yet confirmed");
  out.key("spool_max", bytes_word(config.spool_max), "16MiB to 1024TiB: of the spool");
  out.key("free_low", bytes_word(config.free_low), "of the spool's volume: with less no new work is taken, and the spool is cleaned");
  out.key("free_high", bytes_word(config.free_high), "with more, work is taken again");
  out.path("engines", config.engines, "a directory; each directory in it is an engine (engine.yaml)");
  out.key("engine_user", config.engine_user, "as whom engines run: a user of this machine; auto: cadre-engine, where that can be; none: as the worker");
  out.key("attempts_apart", config.attempts_apart ? "true" : "false", "true: engines cannot open each other's work directories, nor what is made later right beside the spool or its parents");
  out.path("key_file", config.key_file, "this worker's secret key");
  if (role == NodeRole::extension)
    out.path("ticket_file", config.ticket_file, "a join ticket (0600): redeemed at the start, and removed; \"\": none");
  out.key("output_max", bytes_word(config.output_max), "1KiB to 256MiB: all result files of one attempt together");
}

void monitor(Writer& out, const MonitorConfig& config, bool master) {
  out.section("monitor", "Pages for who watches: /healthz, /readyz?verbose, /metrics (Prometheus). They ask for no key.");
  out.key("address", config.address, "a loopback address, in numbers");
  out.key("beyond_loopback", "false", "true: address may be another one; whoever reaches it reads the pages");
  if (master) out.key("broker_port", config.broker_port, "0 to 65535; 0: none");
  out.key("worker_port", config.worker_port, "0 to 65535; 0: none. Several workers of one machine: each its own");
}

}  // namespace

std::string default_config(NodeRole role) {
  const NodeConfig config;
  const bool master = role == NodeRole::master;
  Writer out;
  out.comment(master ? "Cadre: the master (broker, and a worker on the same machine)."
                     : "Cadre: an extension (a worker that connects out to the master's broker).");
  out.comment(
      "Every key with its default; leave out what you do not change. Times: ms s min h d. Sizes: KiB MiB GiB kB MB "
      "GB.");
  out.comment("Relative paths are relative to the directory of this file.");
  out.top("role", master ? "master" : "extension", "required: master or extension");
  out.top("name", "\"\"", "what this node is called in logs; \"\": the host's name");
  out.section("broker", master ? "Where the broker listens, and where this node's worker and tools find it."
                               : "Where the master's broker is.");
  if (master)
    out.key("listen", "[" + config.broker.listen.at(0) + "]", "tcp://ADDRESS:PORT or ipc://PATH, one or more");
  out.key("address", master ? config.broker.address : "tcp://master.example:7171",
          master ? "where worker and tools of this node connect" : "required: tcp://ADDRESS:PORT or ipc://PATH");
  out.path("server_key_file", config.broker.server_key_file, "the broker's public key");
  if (master)
    out.path("secret_key_file", config.broker.secret_key_file, "the broker's secret key; readable by its account only");
  if (master) database(out, config.database);
  if (master) policy(out, config.policy);
  if (master) work_limits(out, config.limits);
  if (master) clean_up(out, config.cleanup);
  purge(out, config.purge, master);
  worker(out, config.worker, role);
  out.section("tool", "The command-line tool.");
  out.path("key_file", config.tool.key_file, "the secret key with which cadre connects");
  monitor(out, config.monitor, master);
  out.section("log", "What is logged, and where.");
  out.key("level", "info", "trace, debug, info, warn or error");
  out.key("format", "text", "text or json, one event per line");
  out.path("file", config.log.file, "a file; \"\": stderr");
  return out.take();
}

}  // namespace cadre
