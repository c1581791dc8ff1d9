// The file of a node: what it may say, for which role, and that the samples in etc/ are exactly what the code believes.
#include "common/config/node.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "common/protocol/message.hpp"

namespace cadre {
namespace {

std::string report(const std::vector<yaml::Fault>& faults) {
  std::string text;
  for (const yaml::Fault& fault : faults) text += to_string(fault) + "\n";
  return text;
}

std::string told(std::string_view text) {
  std::vector<yaml::Fault> faults;
  parse_node(text, "/etc/cadre/node.yaml", faults);
  std::string told = report(faults);
  for (const std::string_view prefix = "/etc/cadre/node.yaml:"; told.find(prefix) != std::string::npos;) {
    told.erase(told.find(prefix), prefix.size());
  }
  return told;
}

NodeConfig good(std::string_view text) {
  std::vector<yaml::Fault> faults;
  NodeConfig config = parse_node(text, "/etc/cadre/node.yaml", faults);
  EXPECT_EQ(report(faults), "");
  return config;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Sample {
  NodeRole role;
  const char* file;
};

class Samples : public testing::TestWithParam<Sample> {};

TEST_P(Samples, AreTheDefaultsByteForByteAndLoad) {
  const std::filesystem::path path = std::filesystem::path(CADRE_SOURCE_DIR) / "etc" / GetParam().file;
  EXPECT_EQ(content(path), default_config(GetParam().role));
  std::vector<yaml::Fault> faults;
  const NodeConfig config = load_node(path, faults);
  EXPECT_EQ(report(faults), "");
  EXPECT_EQ(config.role, GetParam().role);
}

INSTANTIATE_TEST_SUITE_P(Node, Samples,
                         testing::Values(Sample{NodeRole::master, "master.yaml"},
                                         Sample{NodeRole::extension, "extension.yaml"}),
                         [](const auto& tested) { return std::string(tested.param.file, 6); });

// Every value as one text: two configurations are the same when these are.
std::string all(const NodeConfig& c) {
  std::ostringstream out;
  for (const std::string& listen : c.broker.listen) out << listen << ' ';
  const BrokerConfig& b = c.broker;
  const DatabaseConfig& d = c.database;
  const PolicyConfig& p = c.policy;
  const WorkerConfig& w = c.worker;
  out << b.address << b.server_key_file << b.secret_key_file << '\n'
      << d.socket << d.host << ' ' << d.port << ' ' << d.schema << ' ' << d.user << static_cast<int>(d.accounts) << d.password_file << d.tls_ca_file
      << ' ' << d.check_every.count() << ' ' << d.ballast_file << d.ballast_size << '\n'
      << p.lease_ttl.count() << ' ' << p.beat_interval.count() << ' ' << p.seat_ttl.count() << ' ' << p.payload_max
      << ' ' << p.waiting_max << ' ' << p.body_memory << ' ' << p.backoff_max.count() << ' '
      << static_cast<int>(p.seat_taken) << ' ' << p.strict_engines << ' ' << p.free_space_min << '\n'
      << c.limits.nodes;
  for (const auto& [engine, most] : c.limits.engines) out << ' ' << engine << ' ' << most;
  out << '\n'
      << w.slots << ' ' << w.credit_max << ' ' << w.spool << w.spool_max << w.engines << w.key_file << w.ticket_file << w.output_max
      << '\n'
      << c.monitor.address << ' ' << c.monitor.beyond_loopback << ' ' << c.monitor.broker_port << ' ' << c.monitor.worker_port << '\n'
      << c.tool.key_file << static_cast<int>(c.log.level) << static_cast<int>(c.log.format) << c.log.file;
  return out.str();
}

TEST(Node, TheMastersSampleSaysWhatAnEmptyFileMeans) {
  EXPECT_EQ(all(good("role: master\n")), all(good(default_config(NodeRole::master))));
  EXPECT_EQ(all(good("role: master\n")), all(NodeConfig{}));
}

TEST(Node, EveryKeyIsRead) {
  const NodeConfig c = good(R"(
role: master
name: m1
broker: {listen: ["tcp://*:1", ipc://b.sock], address: ipc://b.sock, server_key_file: k/s.pub, secret_key_file: /s.key}
database: {host: db, port: 3307, schema: s, user: u, accounts: legacy, password_file: p, tls_ca_file: ../ca.pem, check_every: 5s,
           ballast_file: b, ballast_size: 1GiB}
policy: {lease_ttl: 30s, beat_interval: 10s, seat_ttl: 1s, payload_max: 1KiB, waiting_max: 5, body_memory: 1MiB,
         backoff_max: 1m, seat_taken: exit, strict_engines: true, free_space_min: 0}
limits: {nodes: 7, engines: {ocr: 2, pdf: 1}}
worker: {slots: 3, credit_max: 1, spool: sp, spool_max: 1GiB, engines: /en, key_file: w.key, output_max: 2KiB}
monitor: {address: 10.0.0.1, beyond_loopback: true, broker_port: 1, worker_port: 0}
tool: {key_file: t.key}
log: {level: error, format: json, file: x.log}
)");
  EXPECT_EQ(c.name, "m1");
  EXPECT_EQ(c.log.level, LogLevel::error);
  EXPECT_EQ(c.log.format, LogFormat::json);
  EXPECT_EQ(all(c),
            "tcp://*:1 ipc:///etc/cadre/b.sock ipc:///etc/cadre/b.sock\"/etc/cadre/k/s.pub\"\"/s.key\"\n"
            "\"\"db 3307 s u1\"/etc/cadre/p\"\"/etc/ca.pem\" 5000000 \"/etc/cadre/b\"1073741824\n"
            "30000000 10000000 1000000 1024 5 1048576 60000000 1 1 0\n"
            "7 ocr 2 pdf 1\n"
            "3 1 \"/etc/cadre/sp\"1073741824\"/en\"\"/etc/cadre/w.key\"\"\"2048\n"
            "10.0.0.1 1 1 0\n"
            "\"/etc/cadre/t.key\"41\"/etc/cadre/x.log\"");
}

TEST(Node, ThePagesForWhoWatchesStayOnThisMachineUnlessSomebodySaysSo) {
  const auto refused = [](const std::string& line) { return told("role: master\nmonitor: {" + line + "}\n"); };
  EXPECT_NE(refused("address: 10.1.2.3").find("10.1.2.3 is reached from other machines"), std::string::npos) << refused("address: 10.1.2.3");
  EXPECT_NE(refused("address: 0.0.0.0").find("beyond_loopback: true"), std::string::npos) << refused("address: 0.0.0.0");
  EXPECT_NE(refused("address: localhost").find("wanted an address in numbers, such as 127.0.0.1, found \"localhost\""), std::string::npos) << refused("address: localhost");
  EXPECT_NE(refused("worker_port: 9464").find("worker_port: 9464 is the broker's"), std::string::npos) << refused("worker_port: 9464");
  EXPECT_NE(refused("worker_port: 65536").find("wanted a whole number from 0 to 65535"), std::string::npos) << refused("worker_port: 65536");
  EXPECT_EQ(refused("address: ::1"), "");
  EXPECT_EQ(refused("address: 127.9.9.9"), "");
  EXPECT_EQ(refused("broker_port: 0, worker_port: 0"), "") << "none and none do not clash";
  EXPECT_EQ(refused("address: 10.1.2.3, beyond_loopback: true"), "");
  EXPECT_NE(told("role: extension\nbroker: {address: tcp://m:1}\nmonitor: {broker_port: 1}\n").find("monitor.broker_port is set on the master only"), std::string::npos);
}

TEST(Node, LimitsAreTheMastersAndNameWhatIsWrong) {
  EXPECT_NE(told("role: master\nlimits: {engines: {ocr: 0}}\n").find("ocr: wanted a whole number from 1 to 1000000, found \"0\""), std::string::npos)
      << told("role: master\nlimits: {engines: {ocr: 0}}\n");
  EXPECT_NE(told("role: master\nlimits: {engines: {o/r: 1}}\n").find("\"o/r\" is not a name"), std::string::npos);
  EXPECT_NE(told("role: master\nlimits: {engine: {ocr: 1}}\n").find("did you mean 'engines'?"), std::string::npos);
  EXPECT_NE(told("role: extension\nbroker: {address: tcp://m:1}\nlimits: {nodes: 1}\n").find("limits is set on the master only"), std::string::npos);
}

TEST(Node, TheRulesOfCleanUpAreRead) {
  const cleanup::Policy c = good(R"(
role: master
cleanup: {schedule: every 6h, time_zone: Europe/Berlin, spread: 20min, turns_max: 2, turn_ttl: 3s, records_by: db1,
          keep_done: P30D, keep_cancelled: 0s, keep_dead: 90d, keep_keys: 8d, keep_results: 12h, keep_runs: 2d, files_grace: 2h,
          slow_above_waiting: 7, slow_above_age: 5m, queues: {bills: {keep_done: 365d, keep_results: job}}, engines: {proof: {keep_dead: 1d}}}
)").cleanup;
  EXPECT_EQ(c.schedule + c.time_zone + c.records_by, "every 6hEurope/Berlindb1");
  EXPECT_EQ(c.spread, 20min);
  EXPECT_EQ(c.turns_max, 2u);
  EXPECT_EQ(c.turn_ttl, 3s);
  EXPECT_EQ(c.retention.keep.done, 24h * 30);
  EXPECT_EQ(c.retention.keep.cancelled, 0s);
  EXPECT_EQ(c.retention.keep.dead, 24h * 90);
  EXPECT_EQ(c.retention.keep.results, Duration{12h});
  EXPECT_GT(c.retention.queues.at("bills").results, Duration{24h * 365}) << "as long as the job";
  EXPECT_EQ(c.retention.keys, 24h * 8);
  EXPECT_EQ(c.retention.runs, 24h * 2);
  EXPECT_EQ(c.files_grace, 2h);
  EXPECT_EQ(c.slow_above_waiting, 7u);
  EXPECT_EQ(c.slow_above_age, 5min);
  EXPECT_EQ(c.retention.queues.at("bills").done, Duration{24h * 365});
  EXPECT_EQ(c.retention.engines.at("proof").dead, Duration{24h});
}

TEST(Node, TheRulesOfCleanUpHaveBounds) {
  const auto refused = [](const std::string& line) { return told("role: master\ncleanup:\n  " + line + "\n"); };
  EXPECT_NE(refused("turn_ttl: 2s").find("turn_ttl: wanted a time from 3s to 10min"), std::string::npos) << refused("turn_ttl: 2s");
  EXPECT_NE(refused("keep_keys: 6d").find("keep_keys: wanted a time from 7d"), std::string::npos) << refused("keep_keys: 6d");
  EXPECT_NE(refused("turns_max: 9").find("turns_max: wanted"), std::string::npos) << refused("turns_max: 9");
  EXPECT_NE(refused("records_by: a b").find("wanted auto, elect or the name of a node"), std::string::npos) << refused("records_by: a b");
  EXPECT_NE(told("role: extension\nbroker: {address: tcp://m:1}\ncleanup: {keep_done: 1d}\n").find("cleanup is set on the master only"), std::string::npos);
}

TEST(Node, RolesHaveAliases) {
  EXPECT_EQ(good("role: server\n").role, NodeRole::master);
  EXPECT_EQ(good("role: client\nbroker: {address: tcp://m:1}\n").role, NodeRole::extension);
  EXPECT_EQ(good("role: slave\nbroker: {address: tcp://m:1}\n").role, NodeRole::extension);
  EXPECT_EQ(told(""), "1:1: role: is missing; write \"role: master\" or \"role: extension\"\n");
  EXPECT_EQ(told("role: mastre\ndatabase: {port: 1}\n"),
            "1:7: role: wanted one of master, extension, server, client, slave, found \"mastre\"; did you mean "
            "'master'?\n");
}

// An extension in whose file a master's key is taken in silence would run with other rules than its owner believes.
TEST(Node, AnExtensionRefusesTheKeysOfTheMaster) {
  EXPECT_EQ(told("role: extension\n"
                 "broker:\n"
                 "  listen: [tcp://127.0.0.1:7171]\n"
                 "  address: tcp://m:7171\n"
                 "  secret_key_file: x\n"
                 "database:\n"
                 "  password: p\n"
                 "policy:\n"
                 "  lease_ttl: 60s\n"
                 "  beat_interval: nonsense\n"
                 "  seat_ttl: 5s\n"
                 "  payload_max: 8MiB\n"
                 "  waiting_max: 1\n"
                 "  body_memory: 1MiB\n"
                 "  backoff_max: 1s\n"
                 "  seat_taken: wait\n"
                 "  free_space_min: 0\n"
                 "  strict_engines: true\n"
                 "  colour: red\n"),
            "3:11: broker.listen is set on the master only\n"
            "5:20: broker.secret_key_file is set on the master only\n"
            "7:3: database is set on the master only; an extension asks the broker\n"
            "9:14: policy.lease_ttl is set on the master only\n"
            "10:18: policy.beat_interval is set on the master only\n"
            "11:13: policy.seat_ttl is set on the master only\n"
            "12:16: policy.payload_max is set on the master only\n"
            "13:16: policy.waiting_max is set on the master only\n"
            "14:16: policy.body_memory is set on the master only\n"
            "15:16: policy.backoff_max is set on the master only\n"
            "16:15: policy.seat_taken is set on the master only\n"
            "17:19: policy.free_space_min is set on the master only\n"
            "18:19: policy.strict_engines is set on the master only\n"
            "19:3: unknown key 'colour' in 'policy'\n");
}

TEST(Node, AnExtensionMustSayWhereItsMasterIs) {
  const std::string message =
      "broker.address: is missing; an extension needs its master's address, tcp://ADDRESS:PORT\n";
  EXPECT_EQ(told("role: extension\nbroker:\n  server_key_file: x\n"), "2:1: " + message);
  EXPECT_EQ(told("role: extension\n"), "1:1: " + message);
}

struct Case {
  const char* name;
  const char* text;
  const char* faults;
};

class BadNode : public testing::TestWithParam<Case> {};

TEST_P(BadNode, IsToldWithItsPlace) {
  EXPECT_EQ(told(std::string("role: master\n") + GetParam().text), GetParam().faults);
}

INSTANTIATE_TEST_SUITE_P(
    Node, BadNode,
    testing::Values(
        Case{"unknown_at_top", "wroker: {slots: 1}\n", "2:1: unknown key 'wroker'; did you mean 'worker'?\n"},
        Case{"unknown_below", "worker:\n  slot: 1\n", "3:3: unknown key 'slot' in 'worker'; did you mean 'slots'?\n"},
        Case{"name", "name: a b\n",
             "2:7: name: wanted a name of 1 to 64 characters A-Z a-z 0-9 . _ -, found \"a b\"\n"},
        Case{"password", "database:\n  password: secret\n",
             "3:13: database.password: secrets are not written into this file; use password_file\n"},
        Case{"lease_too_short", "policy: {lease_ttl: 5s, beat_interval: 2s}\n",
             "2:21: policy.lease_ttl: wanted at least three times beat_interval (2s), found 5s; a lease must outlive "
             "two lost beats\n"},
        Case{"beat_too_long", "policy: {beat_interval: 21s}\n",
             "2:1: policy.lease_ttl: wanted at least three times beat_interval (21s), found 60s; a lease must outlive "
             "two lost beats\n"},
        Case{"seat_too_short", "policy: {seat_ttl: 900ms}\n",
             "2:20: policy.seat_ttl: wanted a time from 1s to 10min (such as 250ms, 30s, 5min, 2h), found \"900ms\"\n"},
        Case{"lease_range", "policy: {lease_ttl: 25h}\n",
             "2:21: policy.lease_ttl: wanted a time from 3s to 24h (such as 250ms, 30s, 5min, 2h), found \"25h\"\n"},
        Case{"payload_range", "policy: {payload_max: 257MiB}\n",
             "2:23: policy.payload_max: wanted a size from 1KiB to 256MiB (such as 512, 64KiB, 4GiB, 10MB), found "
             "\"257MiB\"\n"},
        Case{"seat_taken", "policy: {seat_taken: fight}\n",
             "2:22: policy.seat_taken: wanted one of wait, exit, found \"fight\"\n"},
        Case{"strict", "policy: {strict_engines: yes}\n",
             "2:26: policy.strict_engines: wanted true or false, found \"yes\"; write true\n"},
        Case{"check_every", "database: {check_every: 0s}\n",
             "2:25: database.check_every: wanted a time from 1s to 1h (such as 250ms, 30s, 5min, 2h), found \"0s\"\n"},
        Case{"listen_none", "broker: {listen: []}\n",
             "2:18: broker.listen: wanted at least one address, found an empty list\n"},
        Case{"listen_twice", "broker: {listen: [\"tcp://*:1\", \"tcp://*:1\"]}\n",
             "2:18: broker.listen: \"tcp://*:1\" stands there twice\n"},
        Case{"listen_form", "broker: {listen: [7171]}\n",
             "2:18: broker.listen: wanted tcp://ADDRESS:PORT or ipc://PATH, found \"7171\"\n"},
        Case{"listen_no_list", "broker: {listen: tcp://x:1}\n",
             "2:18: broker.listen: wanted a list of texts, found \"tcp://x:1\"\n"},
        Case{"address_everywhere", "broker: {address: \"tcp://0.0.0.0:7171\"}\n",
             "2:19: broker.address: wanted the one address at which the broker is reached (tcp://ADDRESS:PORT), found "
             "\"tcp://0.0.0.0:7171\"\n"},
        Case{"socket_and_host", "database: {socket: /s, host: db}\n",
             "2:30: database.host: wanted either socket or host, found both; empty the other one (\"\")\n"},
        Case{"neither", "database: {socket: \"\"}\n",
             "2:20: database.socket: wanted a socket or a host, found neither\n"},
        Case{"tls_on_socket", "database: {tls_ca_file: ca.pem}\n",
             "2:25: database.tls_ca_file: is for a connection to a host; a socket has no TLS\n"},
        Case{"port", "database: {host: db, port: 0}\n",
             "2:28: database.port: wanted a whole number from 1 to 65535, found \"0\"\n"},
        Case{"user", "database: {user: ''}\n",
             "2:18: database.user: wanted the name of a database account, found \"\"\n"},
        Case{"slots", "worker: {slots: 010}\n",
             "2:17: worker.slots: wanted a whole number from 0 to 1024, found \"010\"; a leading zero is not "
             "allowed\n"},
        Case{"no_spool", "worker: {spool: \"\"}\n", "2:17: worker.spool: wanted a directory, found \"\"\n"},
        Case{"output_over_spool", "worker: {spool_max: 16MiB, output_max: 17MiB}\n",
             "2:40: worker.output_max: wanted at most spool_max (16MiB), found 17MiB\n"},
        Case{"log_level", "log: {level: warning}\n",
             "2:14: log.level: wanted one of trace, debug, info, warn, error, found \"warning\"\n"},
        Case{"section_is_text", "log: info\n",
             "2:6: log: wanted a mapping (\"key: value\" lines below it), found \"info\"\n"},
        Case{"no_yaml", "log: [\n", "3:1: not valid YAML: end of sequence flow not found\n"}),
    [](const testing::TestParamInfo<Case>& tested) { return std::string(tested.param.name); });

TEST(Node, SecretsAreNeverWrittenIntoTheFileNorRepeatedInAMessage) {
  const std::string text = told(
      "role: master\n"
      "broker: {secret_key: HUSH}\n"
      "database: {password: HUSH}\n"
      "worker: {key: HUSH}\n"
      "tool: {key: HUSH}\n");
  EXPECT_EQ(text.find("HUSH"), std::string::npos) << text;
  for (const char* use : {"broker.secret_key: secrets are not written into this file; use secret_key_file",
                          "database.password: secrets are not written into this file; use password_file",
                          "worker.key: secrets are not written into this file; use key_file",
                          "tool.key: secrets are not written into this file; use key_file"}) {
    EXPECT_NE(text.find(use), std::string::npos) << use << " in\n" << text;
  }
}

TEST(Node, ATicketIsForExtensions) {
  const std::string extension = "role: extension\nbroker: {address: tcp://m:1}\nworker: {ticket_file: keys/join.ticket}\n";
  EXPECT_EQ(good(extension).worker.ticket_file, "/etc/cadre/keys/join.ticket");
  EXPECT_NE(told("role: master\nworker: {ticket_file: t}\n").find("worker.ticket_file is set on an extension only"), std::string::npos);
  EXPECT_NE(told("role: extension\nbroker: {address: tcp://m:1}\nworker: {ticket: HUSH}\n").find("use ticket_file"), std::string::npos);
}

TEST(Node, AHostMakesTheDefaultSocketGoAway) {
  const NodeConfig c = good("role: master\ndatabase: {host: db}\n");
  EXPECT_EQ(c.database.host, "db");
  EXPECT_EQ(c.database.socket, "");
}

TEST(Node, ItsNameIsTheHostsWhereNoneIsGiven) {
  std::array<char, 256> host{};
  ASSERT_EQ(gethostname(host.data(), host.size() - 1), 0);
  EXPECT_EQ(good("role: master\n").name, name_from_host(host.data()));
  EXPECT_EQ(good("role: master\nname: ''\n").name, name_from_host(host.data()));
  EXPECT_EQ(name_from_host("db_1.example.org"), "db_1.example.org");
  EXPECT_EQ(name_from_host("\xc3\xbc"
                           "ber host"),
            "ber-host");
  EXPECT_EQ(name_from_host("-.x"), "x");
  EXPECT_EQ(name_from_host(""), "node");
  EXPECT_EQ(name_from_host("\xc3\xbc"), "node");
  EXPECT_EQ(name_from_host(std::string(100, 'a')), std::string(64, 'a'));
  EXPECT_TRUE(is_name(name_from_host("a\xc3\xbc")));
}

TEST(Node, AFileThatIsNotThereIsOneFault) {
  std::vector<yaml::Fault> faults;
  load_node("/nowhere/node.yaml", faults);
  EXPECT_EQ(report(faults), "/nowhere/node.yaml: cannot be read: No such file or directory\n");
}

TEST(Node, AReportCountsTheFaultsAfterNamingEach) {
  std::vector<yaml::Fault> faults;
  parse_node("role: master\nname: a b\nlog: info\n", "/etc/cadre/node.yaml", faults);
  const std::string text = fault_report(faults, "/etc/cadre/node.yaml");
  EXPECT_TRUE(text.starts_with("/etc/cadre/node.yaml:2:7: name: ")) << text;
  EXPECT_TRUE(text.ends_with("\n2 faults in /etc/cadre/node.yaml")) << text;
  faults.pop_back();
  EXPECT_TRUE(fault_report(faults, "x").ends_with("\n1 fault in x"));
}

}  // namespace
}  // namespace cadre
