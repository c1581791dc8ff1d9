#include "tests/e2e/provisioned.hpp"

namespace cadre::test {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

// A policy whose times are short enough for a test.
constexpr const char* quick =
    "policy:\n  seat_ttl: 1s\n  lease_ttl: 3s\n  beat_interval: 200ms\n  free_space_min: 16MiB\n";

std::string engine_for(const std::string& machine) { return "on-" + machine; }

}  // namespace

void Provisioned::SetUp() {
  if (const auto why = Network::impossible()) GTEST_SKIP() << *why;
  network_.emplace(std::vector<std::string>{"database", "master", "extension", "copy"});
  master_.emplace();
  const auto port = os::free_port();
  ASSERT_TRUE(port) << port.error();
  port_ = *port;
}

std::string Provisioned::words_for(const std::string& place) {
  const std::string listen = "--listen " + door();
  if (place == "master") return listen + " --with-mariadb";
  database_.emplace(*network_, place);
  const Ran bound = database_->there(database_->db_line("bind " + database_->address()) + " 2>&1");
  EXPECT_EQ(bound.code, 0) << bound.out;
  return fmt::format("{} --database {}:{} --tls-ca {} --from {}", listen, database_->address(),
                     database_->server().port(), database_->authority(), network_->address("master"));
}

Json Provisioned::set_up(const std::string& words) {
  const Ran made = network_->at("master", [&] { return master_->setup(words); });
  EXPECT_EQ(made.code, 0) << master_->said();
  return made.code == 0 ? Json::parse(made.out) : Json();
}

void Provisioned::run_statements(const fs::path& sql) {
  const Ran ran = database_->there(fmt::format("mariadb --no-defaults --socket={} --abort-source-on-error < {} 2>&1",
                                               database_->server().socket(), sql.string()));
  EXPECT_EQ(ran.code, 0) << ran.out;
  fs::remove(sql);
}

std::string Provisioned::make_master(const std::string& place) {
  std::string words = words_for(place);
  const fs::path sql = master_->home() / "cadre.sql";
  if (database_) words += " --sql " + sql.string();
  Json told = set_up(words);
  if (database_) {
    EXPECT_EQ(told["database"]["ready"], false) << "nobody has run the statements yet";
    EXPECT_EQ(told["to_do"].size(), 1u) << told["to_do"];
    run_statements(sql);
    told = set_up(words);
  }
  EXPECT_EQ(told["database"]["ready"], true) << told;
  EXPECT_EQ(told["to_do"], Json::array());
  std::ofstream(master_->config(), std::ios::app) << quick;
  offer(*master_, "master");
  return words;
}

void Provisioned::offer(const BareMachine& files, const std::string& machine) {
  const Ran made = run(fmt::format("{} engine new {} --dir {} -- hostname 2>&1", binary("cadre"), engine_for(machine),
                                   (files.etc() / "engines").string()));
  EXPECT_EQ(made.code, 0) << made.out;
}

std::string Provisioned::line_to_join(const BareMachine& files, const std::string& node) const {
  const fs::path file = files.home() / (node + ".ticket");  // carried over
  const Ran ticket = at("master", fmt::format("{} --config {} --patience 20s node ticket {} --file {} 2>&1",
                                              binary("cadre"), master_->config().string(), node, file.string()));
  EXPECT_EQ(ticket.code, 0) << ticket.out << logs();
  return fmt::format("{} --json node join {} --dir {} --spool {} {}", binary("cadre"), file.string(),
                     files.etc().string(), (files.data() / "spool").string(), BareMachine::owner());
}

std::string Provisioned::make_extension(const std::string& node, const std::string& more) {
  extension_.emplace(node);
  const std::string line = line_to_join(*extension_, node);
  const Ran joined = at("extension", fmt::format("{} {} 2>{}", line, more, extension_->errors().string()));
  EXPECT_EQ(joined.code, 0) << extension_->said() << logs();
  offer(*extension_, "extension");
  return line;
}

void Provisioned::let_extension_purge() {
  const auto copy = extension_->key("cadre_purge.password");
  fs::copy_file(master_->key("cadre_purge.password"), copy);
  // What its worker is to read belongs to who the worker is, and he must get at the socket.
  const Ran given =
      run(fmt::format("chown --reference={} {} && chmod 0755 {} 2>&1", extension_->key("worker.key").string(),
                      copy.string(), database_->server().directory().string()));
  ASSERT_EQ(given.code, 0) << given.out;
  std::ofstream(extension_->config(), std::ios::app) << fmt::format(
      "purge:\n  socket: {}\n  password_file: keys/cadre_purge.password\n", database_->server().socket());
}

// With a log of its own each time: what a test waits for was said by this one.
void Provisioned::start(const std::string& part) {
  if (part == "database" && database_) return database_->start();
  network_->at(part == "extension" ? part : "master", [&] {
    if (part == "database") own_database_.emplace(master_->start_mariadb());
    if (part == "master") {
      for (const char* log : {"broker.log", "worker.log"}) fs::remove(master_->home() / log);
      broker_.emplace(master_->start_broker());
      master_worker_.emplace(master_->start_worker());
      EXPECT_TRUE(master_worker_->says(" offers ", 10s)) << logs();  // it can be stopped in good order
    }
    if (part == "extension") {
      fs::remove(extension_->home() / "worker.log");
      extension_worker_.emplace(extension_->start_worker());
    }
  });
}

// Those who ask before those who are asked.
void Provisioned::stop_all() {
  for (auto* one : {&extension_worker_, &master_worker_, &broker_, &own_database_}) {
    if (*one) {
      EXPECT_EQ((*one)->stop(30s), 0) << (*one)->log_tail();
    }
    one->reset();
  }
  if (database_) database_->server().end();
}

std::string Provisioned::job_on(const std::string& machine) const {
  const Ran ran =
      at("master", fmt::format("{} --config {} --patience 20s submit {} --wait --timeout 20s 2>{}", binary("cadre"),
                               master_->config().string(), engine_for(machine), master_->errors().string()));
  return ran.code == 0 ? ran.out.substr(0, ran.out.find('\n')) : ran.out + master_->said();
}

Json Provisioned::ask(const std::string& command) const {
  const Ran ran = at("master", fmt::format("{} --config {} --json {} 2>{}", binary("cadre"), master_->config().string(),
                                           command, master_->errors().string()));
  return ran.out.empty() ? Json(master_->said()) : Json::parse(ran.out);
}

Provisioned::Ills Provisioned::ills(const std::string& machine, const BareMachine& files) const {
  const Ran ran = at(machine, fmt::format("{} --config {} --patience 2s --json doctor 2>/dev/null", binary("cadre"),
                                          files.config().string()));
  Ills all;
  const Json told = Json::parse(ran.out);
  EXPECT_GT(told["checks"].size(), 5u) << told;
  for (const auto& one : told["checks"])
    if (one["state"] == "failed" || one["state"] == "warning")
      all[one["check"]] = fmt::format("{} {} {}", one["state"].get<std::string>(), one["found"].get<std::string>(),
                                      one.value("cure", ""));
  return all;
}

testing::AssertionResult Provisioned::ready(const std::string& node) {
  Json told;
  const bool is = eventually(20s, [&] {
    told = ask("node list");
    if (!told.is_array()) return false;
    for (const auto& one : told)
      if (one["node"] == node && one["state"] == "ready") return true;
    return false;
  });
  return is ? testing::AssertionSuccess() : testing::AssertionFailure() << told.dump(2) << logs();
}

std::string Provisioned::logs() const {
  std::string all;
  for (const auto* one : {&own_database_, &broker_, &master_worker_, &extension_worker_})
    if (*one) all += fmt::format("\n--- {}\n{}", (*one)->log_file().string(), (*one)->log_tail());
  return all;
}

}  // namespace cadre::test
