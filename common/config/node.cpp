#include "common/config/node.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/base/loopback.hpp"
#include "common/config/endpoint.hpp"
#include "common/config/words.hpp"
#include "common/protocol/message.hpp"

namespace cadre {
namespace {

namespace fs = std::filesystem;
using yaml::Section;

constexpr Duration keep_max = std::chrono::hours(100 * 366 * 24);  // for longer there is `cadre job keep`

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

// Reads section after section; knows the role, because some keys belong to the master alone.
class Reader {
 public:
  Reader(yaml::Document& document, fs::path directory)
      : document_(document), root_(document.root()), directory_(std::move(directory)) {}

  NodeConfig read() {
    NodeConfig config;
    config.role = role();
    extension_ = config.role == NodeRole::extension;
    config.name = name();
    broker(config.broker);
    database(config.database);
    policy(config.policy);
    limits(config.limits);
    clean_up(config.cleanup);
    purge(config.purge, config.database);
    worker(config.worker);
    Section tool = root_.section("tool");
    no_secret(tool, "tool", "key", "key_file");
    path(tool, "key_file", config.tool.key_file);
    monitor(config.monitor);
    log(config.log);
    return config;
  }

 private:
  // A role that is missing or unknown is one fault; reading as a master then adds no others.
  NodeRole role() {
    if (!root_.has("role")) root_.fault("role", "role: is missing; write \"role: master\" or \"role: extension\"");
    switch (root_.choice("role", {"master", "extension", "server", "client", "slave"}, 0)) {
      case 1:
      case 3:
      case 4:
        return NodeRole::extension;
      default:
        return NodeRole::master;
    }
  }

  std::string name() {
    const std::string name = root_.text("name", "");
    if (name.empty()) return name_from_host(host_name());
    return root_.name("name", "");
  }

  void broker(BrokerConfig& config) {
    Section section = root_.section("broker");
    no_secret(section, "broker", "secret_key", "secret_key_file");
    path(section, "server_key_file", config.server_key_file);
    if (on_master(section, "broker", "secret_key_file")) path(section, "secret_key_file", config.secret_key_file);
    if (on_master(section, "broker", "listen")) listen(section, config.listen);
    if (!section.has("address")) {
      // On the master the default is right; an extension cannot guess where its master is.
      Section& nearest = section.present() ? section : root_;
      if (extension_) {
        nearest.fault("address",
                      "broker.address: is missing; an extension needs its master's address, tcp://ADDRESS:PORT");
      }
      return;
    }
    endpoint(section, "address", section.text("address", config.address), EndpointUse::connect, config.address);
  }

  void listen(Section& section, std::vector<std::string>& addresses) {
    if (!section.has("listen")) return;
    const std::size_t faults = document_.faults().size();
    const auto texts = section.texts("listen");
    if (texts.empty() && document_.faults().size() == faults)
      section.fault("listen", "broker.listen: wanted at least one address, found an empty list");
    addresses.clear();
    for (const std::string& text : texts) {
      std::string address;
      if (!endpoint(section, "listen", text, EndpointUse::listen, address)) continue;
      if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) {
        section.fault("listen", "broker.listen: \"" + text + "\" stands there twice");
        continue;
      }
      addresses.push_back(std::move(address));
    }
  }

  void database(DatabaseConfig& config) {
    if (extension_) {
      if (root_.has("database")) {
        root_.fault("database", "database is set on the master only; an extension asks the broker");
      }
      return;
    }
    Section section = root_.section("database");
    no_secret(section, "database", "password", "password_file");
    config.host = section.text("host", config.host);
    config.port = static_cast<std::uint16_t>(section.number("port", 1, 65535, config.port));
    config.schema = section.name("schema", config.schema);
    config.user = section.text("user", config.user);
    if (config.user.empty()) section.fault("user", "database.user: wanted the name of a database account, found \"\"");
    config.accounts = section.choice("accounts", {"apart", "legacy"}, 0) == 1 ? Accounts::legacy : Accounts::apart;
    path(section, "password_file", config.password_file);
    path(section, "tls_ca_file", config.tls_ca_file);
    config.check_every = section.duration("check_every", 1s, 1h, config.check_every);
    ballast(section, config.ballast_file, config.ballast_size);
    const bool socket_given = section.has("socket");
    if (!config.host.empty() && !socket_given) config.socket.clear();
    path(section, "socket", config.socket);
    if (!config.host.empty() && !config.socket.empty()) {
      section.fault("host", "database.host: wanted either socket or host, found both; empty the other one (\"\")");
    }
    if (config.host.empty() && config.socket.empty()) {
      section.fault("socket", "database.socket: wanted a socket or a host, found neither");
    }
    if (config.host.empty() && !config.tls_ca_file.empty()) {
      section.fault("tls_ca_file", "database.tls_ca_file: is for a connection to a host; a socket has no TLS");
    }
  }

  void policy(PolicyConfig& config) {
    Section section = root_.section("policy");
    const auto mine = [&](std::string_view key) { return on_master(section, "policy", key); };
    const auto duration = [&](std::string_view key, Duration min, Duration max, Duration& value) {
      if (mine(key)) value = section.duration(key, min, max, value);
    };
    const auto bytes = [&](std::string_view key, std::uint64_t min, std::uint64_t max, std::uint64_t& value) {
      if (mine(key)) value = section.bytes(key, min, max, value);
    };
    duration("lease_ttl", 3s, 24h, config.lease_ttl);
    duration("beat_interval", 100ms, 1min, config.beat_interval);
    duration("seat_ttl", 1s, 10min, config.seat_ttl);
    duration("backoff_max", 1s, 24h, config.backoff_max);
    bytes("payload_max", 1024, limits::payload_bytes_ceiling, config.payload_max);
    bytes("body_memory", 1u << 20, std::uint64_t{1} << 40, config.body_memory);
    bytes("free_space_min", 0, std::uint64_t{1} << 50, config.free_space_min);
    if (mine("waiting_max")) config.waiting_max = section.number("waiting_max", 1, 1'000'000'000, config.waiting_max);
    if (mine("seat_taken")) {
      config.seat_taken = section.choice("seat_taken", {"wait", "exit"}, 0) == 0 ? SeatTaken::wait : SeatTaken::exit;
    }
    if (mine("strict_engines")) config.strict_engines = section.flag("strict_engines", config.strict_engines);
    if (config.lease_ttl < 3 * config.beat_interval) {
      section.fault("lease_ttl",
                    fmt::format("policy.lease_ttl: wanted at least three times beat_interval ({}), found "
                                "{}; a lease must outlive two lost beats",
                                yaml::duration_word(config.beat_interval), yaml::duration_word(config.lease_ttl)));
    }
  }

  void limits(WorkLimits& config) {
    if (extension_) {
      if (root_.has("limits")) root_.fault("limits", "limits is set on the master only; they are for the whole cluster");
      return;
    }
    Section section = root_.section("limits");
    config.nodes = static_cast<std::uint32_t>(section.number("nodes", 0, 1'000'000, config.nodes));
    Section engines = section.section("engines");
    for (const std::string& name : engines.keys()) {
      if (!is_name(name)) engines.fault(name, fmt::format("limits.engines: \"{}\" is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", name));
      config.engines[name] = static_cast<std::uint32_t>(engines.number(name, 1, 1'000'000, 1));
    }
  }

  void clean_up(cleanup::Policy& config) {
    if (extension_) {
      if (root_.has("cleanup")) root_.fault("cleanup", "cleanup is set on the master only; every node gets its part from there");
      return;
    }
    Section section = root_.section("cleanup");
    config.schedule = section.text("schedule", config.schedule);
    config.time_zone = section.text("time_zone", config.time_zone);
    config.spread = section.duration("spread", 0s, 30 * 24h, config.spread);
    config.turns_max = static_cast<std::uint32_t>(section.number("turns_max", 1, cleanup::turns_max_ceiling, config.turns_max));
    config.turn_ttl = section.duration("turn_ttl", 3s, 10min, config.turn_ttl);
    config.records_by = section.text("records_by", config.records_by);
    if (!is_name(config.records_by))
      section.fault("records_by", "cleanup.records_by: wanted auto, elect or the name of a node, found \"" + config.records_by + "\"");
    cleanup::Retention& r = config.retention;
    r.keep.done = section.duration("keep_done", 0s, keep_max, r.keep.done);
    r.keep.cancelled = section.duration("keep_cancelled", 0s, keep_max, r.keep.cancelled);
    r.keep.dead = section.duration("keep_dead", 0s, keep_max, r.keep.dead);
    r.keep.results = keep_results(section);
    r.keys = section.duration("keep_keys", cleanup::Retention::keys_min, keep_max, r.keys);
    r.runs = section.duration("keep_runs", 24h, keep_max, r.runs);
    r.queues = keep_otherwise(section, "queues");
    r.engines = keep_otherwise(section, "engines");
    config.files_grace = section.duration("files_grace", 0s, keep_max, config.files_grace);
    config.slow_above_waiting = section.number("slow_above_waiting", 0, 1'000'000'000, config.slow_above_waiting);
    config.slow_above_age = section.duration("slow_above_age", 1s, keep_max, config.slow_above_age);
  }

  static std::map<std::string, cleanup::KeepOtherwise> keep_otherwise(Section& section, std::string_view key) {
    std::map<std::string, cleanup::KeepOtherwise> all;
    for (auto& [name, words] : section.entries(key)) {
      if (!is_name(name)) section.fault(key, fmt::format("cleanup.{}: \"{}\" is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", key, name));
      const auto word = [&words](std::string_view which) {
        return words.has(which) ? std::optional(words.duration(which, 0s, keep_max, 0s)) : std::nullopt;
      };
      all[name] = {word("keep_done"), word("keep_cancelled"), word("keep_dead"), words.has("keep_results") ? std::optional(keep_results(words).value_or(keep_max)) : std::nullopt};
    }
    return all;
  }

  // "job": as long as the job.
  static std::optional<Duration> keep_results(Section& section) {
    if (!section.has("keep_results") || section.text("keep_results", "") == "job") return std::nullopt;
    return section.duration("keep_results", 0s, keep_max, 0s);
  }

  void ballast(Section& section, std::filesystem::path& file, std::uint64_t& size) {
    path(section, "ballast_file", file);
    size = section.bytes("ballast_size", 1u << 20, std::uint64_t{1} << 50, size);
  }

  // On the master the password that `cadre db init` wrote beside the broker's is found without a word.
  void purge(PurgeConfig& config, const DatabaseConfig& database) {
    Section section = root_.section("purge");
    no_secret(section, "purge", "password", "password_file");
    config.records = static_cast<DatabaseHost>(section.choice("records", {"detect", "always", "never"}, 0));
    if (!database.password_file.empty() && !extension_) config.password_file = database.password_file.parent_path() / "cadre_purge.password";
    path(section, "socket", config.socket);
    path(section, "password_file", config.password_file);
    config.user = section.text("user", config.user);
    if (extension_) config.schema = section.name("schema", config.schema);
    else if (section.has("schema")) section.fault("schema", "purge.schema is for extensions; on the master it is database.schema");
    if (extension_) ballast(section, config.ballast_file, config.ballast_size);
    else if (section.has("ballast_file")) section.fault("ballast_file", "purge.ballast_file is for extensions; on the master it is database.ballast_file");
    if (extension_ && config.socket.empty() != config.password_file.empty())
      section.fault("socket", "purge: on the extension that hosts the database both are wanted, socket and password_file; found one of them");
  }

  void worker(WorkerConfig& config) {
    Section section = root_.section("worker");
    no_secret(section, "worker", "key", "key_file");
    // Together at most limits::held_max, which is what one beat can list.
    config.slots = static_cast<std::uint32_t>(section.number("slots", 0, limits::held_max / 4, config.slots));
    config.credit_max =
        static_cast<std::uint32_t>(section.number("credit_max", 1, limits::held_max / 4 * 3, config.credit_max));
    path(section, "spool", config.spool);
    config.spool_max = section.bytes("spool_max", 16u << 20, std::uint64_t{1} << 50, config.spool_max);
    config.free_low = section.bytes("free_low", 0, std::uint64_t{1} << 50, config.free_low);
    config.free_high = section.bytes("free_high", 0, std::uint64_t{1} << 50, std::max(config.free_high, config.free_low + config.free_low / 2));
    if (config.free_high < config.free_low)
      section.fault("free_high", fmt::format("worker.free_high: wanted at least free_low ({}), found {}", yaml::bytes_word(config.free_low),
                                             yaml::bytes_word(config.free_high)));
    path(section, "engines", config.engines);
    config.engine_user = section.text("engine_user", config.engine_user);
    if (config.engine_user.empty() || config.engine_user == "root")
      section.fault("engine_user", fmt::format("worker.engine_user: wanted auto, none or a user other than root, found \"{}\"", config.engine_user));
    config.attempts_apart = section.flag("attempts_apart", config.attempts_apart);
    path(section, "key_file", config.key_file);
    no_secret(section, "worker", "ticket", "ticket_file");
    if (!extension_ && section.has("ticket_file"))
      section.fault("ticket_file", "worker.ticket_file is set on an extension only: the master's own worker is admitted by `cadre db init --admit-worker`");
    else
      path(section, "ticket_file", config.ticket_file);
    config.output_max = section.bytes("output_max", 1024, limits::payload_bytes_ceiling, config.output_max);
    for (const auto& [key, value] : {std::pair{"spool", &config.spool}, {"engines", &config.engines}}) {
      if (value->empty()) section.fault(key, fmt::format("worker.{}: wanted a directory, found \"\"", key));
    }
    if (config.output_max > config.spool_max) {
      section.fault("output_max", fmt::format("worker.output_max: wanted at most spool_max ({}), found {}",
                                              yaml::bytes_word(config.spool_max), yaml::bytes_word(config.output_max)));
    }
  }

  void monitor(MonitorConfig& config) {
    Section section = root_.section("monitor");
    config.address = section.text("address", config.address);
    config.beyond_loopback = section.flag("beyond_loopback", config.beyond_loopback);
    const auto port = [&](std::string_view key, std::uint16_t& value) { value = static_cast<std::uint16_t>(section.number(key, 0, 65535, value)); };
    if (on_master(section, "monitor", "broker_port")) port("broker_port", config.broker_port);
    port("worker_port", config.worker_port);
    const auto number = is_loopback(config.address);
    if (!number) {
      section.fault("address", fmt::format("monitor.address: wanted an address in numbers, such as 127.0.0.1, found \"{}\"", config.address));
    } else if (!*number && !config.beyond_loopback) {
      section.fault("address", fmt::format("monitor.address: {} is reached from other machines, and the pages ask for no key; say \"beyond_loopback: true\" if whoever "
                                           "reaches it may read them", config.address));
    }
    if (!extension_ && config.broker_port != 0 && config.broker_port == config.worker_port)
      section.fault("worker_port", fmt::format("monitor.worker_port: {} is the broker's; give the worker another port, or 0 for none", config.worker_port));
  }

  void log(LogConfig& config) {
    Section section = root_.section("log");
    config.level = static_cast<LogLevel>(
        section.choice("level", {"trace", "debug", "info", "warn", "error"}, static_cast<std::size_t>(config.level)));
    config.format = section.choice("format", {"text", "json"}, 0) == 0 ? LogFormat::text : LogFormat::json;
    path(section, "file", config.file);
  }

  // True where the key may be read. On an extension a key of the master is a fault: it would do nothing there.
  bool on_master(Section& section, std::string_view title, std::string_view key) {
    if (!extension_) return true;
    if (section.has(key)) section.fault(key, fmt::format("{}.{} is set on the master only", title, key));
    return false;
  }

  void no_secret(Section& section, std::string_view title, std::string_view key, std::string_view file_key) {
    // Not by has(): that would make the secret a known key, and offer it to who mistypes the right one.
    const bool written = section.where(key) != section.where("");
    if (!written) return;
    section.fault(key, fmt::format("{}.{}: secrets are not written into this file; use {}", title, key, file_key));
  }

  void path(Section& section, std::string_view key, fs::path& value) {
    const std::string text = section.text(key, value.string());
    value = text.empty() ? fs::path{} : (directory_ / text).lexically_normal();
  }

  bool endpoint(Section& section, std::string_view key, const std::string& text, EndpointUse use, std::string& value) {
    auto checked = check_endpoint(text, use, directory_);
    if (checked) {
      value = *std::move(checked);
      return true;
    }
    section.fault(key, fmt::format("broker.{}: {}", key, checked.error()));
    return false;
  }

  yaml::Document& document_;
  Section root_;
  fs::path directory_;
  bool extension_ = false;
};

NodeConfig read(yaml::Document document, const fs::path& path, std::vector<yaml::Fault>& faults) {
  std::error_code trouble;
  const fs::path whole = fs::absolute(path, trouble);
  NodeConfig config = Reader(document, (trouble ? path : whole).parent_path()).read();
  document.finish();
  faults.insert(faults.end(), document.faults().begin(), document.faults().end());
  return config;
}

}  // namespace

NodeConfig load_node(const fs::path& path, std::vector<yaml::Fault>& faults) {
  return read(yaml::Document::load(path), path, faults);
}

NodeConfig parse_node(std::string_view text, const fs::path& path, std::vector<yaml::Fault>& faults) {
  return read(yaml::Document::parse(text, path.string()), path, faults);
}

std::string fault_report(const std::vector<yaml::Fault>& faults, const fs::path& path) {
  std::string text;
  for (const yaml::Fault& fault : faults) text += yaml::to_string(fault) + "\n";
  return text + fmt::format("{} fault{} in {}", faults.size(), faults.size() == 1 ? "" : "s", path.string());
}

std::string name_from_host(std::string_view host) {
  std::string name;
  for (const char c : host) {
    if (name.size() == limits::name_bytes_max) break;
    if (is_name(name + c)) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  return name.empty() ? "node" : name;
}

}  // namespace cadre
