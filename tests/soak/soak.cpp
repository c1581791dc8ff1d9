#include "tests/soak/soak.hpp"

#include <poll.h>

#include <fstream>

#include <fmt/format.h>

#include "common/database/leases.hpp"
#include "common/os/clock.hpp"

namespace cadre::soak {

namespace {

constexpr Duration reserve = 35s;            // of the whole: for healing, draining, cleaning and checking
constexpr Duration lease_ttl = 3s, turn_ttl = 5s;
constexpr Duration drain_patience = 60s, clean_patience = 90s, stop_patience = 20s;
constexpr Duration look_every = 500ms;

std::vector<std::string> names(const char* prefix, std::uint32_t count) {
  std::vector<std::string> all;
  for (std::uint32_t i = 1; i <= count; ++i) all.push_back(prefix + std::to_string(i));
  return all;
}

test::Cluster::Options options(const SoakSettings& settings) {
  test::Cluster::Options options;
  const Rules keep = rules();
  options.broker_yaml = fmt::format(
      "policy:\n  seat_ttl: 1s\n  lease_ttl: {}ms\n  beat_interval: 200ms\n  free_space_min: 16MiB\n"
      "cleanup:\n  keep_done: {}ms\n  keep_dead: {}ms\n  keep_cancelled: {}ms\n  schedule: every 1m\n  spread: 0s\n  turns_max: 2\n  turn_ttl: {}ms\n  files_grace: 0s\n",
      lease_ttl.count() / 1000, keep.keep_done.count() / 1000, keep.keep_dead.count() / 1000, keep.keep_cancelled.count() / 1000,
      turn_ttl.count() / 1000);
  options.slots = 4;
  options.workers = names("w", settings.nodes);
  options.clients = names("c", settings.clients);
  options.directory = settings.directory;
  return options;
}

std::filesystem::path made(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  return directory;
}

void write_engine(const test::Cluster& cluster, const std::string& name, const std::filesystem::path& history) {
  const auto directory = made(cluster.directory() / "engines" / name);
  std::ofstream(directory / "engine.yaml") << fmt::format("name: {}\nmode: exec\ncommand: [{}, {}]\ntime_limit: 20s\nstop_grace: 500ms\n", name, CADRE_SOAK_ENGINE,
                                                          (history / "engines.jsonl").string());
}

}  // namespace

Rules rules() {
  Rules rules;
  rules.keep_done = 3s;
  rules.keep_dead = 6s;
  rules.keep_cancelled = 2s;
  return rules;
}

Soak::Soak(SoakSettings settings, int interrupts)
    : settings_(std::move(settings)), interrupts_(interrupts), cluster_(options(settings_)), history_(made(cluster_.directory() / "history")),
      diary_(std::make_unique<Diary>(history_ / "nemesis.jsonl")) {
  if (!settings_.directory.empty()) cluster_.keep();
  spools_.outside = cluster_.directory() / "outside";
  for (const auto& worker : workers()) spools_.all.push_back(spool(worker));
}

std::vector<std::string> Soak::workers() const { return names("w", settings_.nodes); }

bool Soak::interrupted(Duration patience) {
  pollfd asked{interrupts_, POLLIN, 0};
  return poll(&asked, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(std::max(patience, Duration{})).count())) > 0;
}

// Looks again and again; what does not come to hold is a finding, not the end of the soak. False: interrupted.
bool Soak::wait_for(Duration patience, const std::function<bool()>& holds, const std::string& otherwise) {
  const Instant until = os::boot_now() + patience;
  while (!holds()) {
    if (interrupted(look_every)) return false;
    if (os::boot_now() < until) continue;
    diary_->tell({.what = What::stuck, .note = fmt::format("{} (waited {})", otherwise, cadre::to_string(patience))});
    break;
  }
  return true;
}

bool Soak::run() {
  install_audit(cluster_);
  outside_ = make_outside(spools_.outside);
  for (const char* engine : {"witness", "crasher"}) write_engine(cluster_, engine, history_);
  cluster_.start_broker();
  for (const auto& worker : workers()) cluster_.start_worker(worker);
  cluster_.wait_for_nodes(settings_.nodes);
  if (!storm()) return false;
  fmt::print(stderr, "drained; clean-up in peace\n");
  if (!clean_in_peace()) return false;
  stop_daemons();
  look_outside();
  write_down_database(cluster_, history_);
  std::ofstream(cluster_.directory() / "mariadb.log") << cluster_.mariadb().log_tail();
  return true;
}

bool Soak::storm() {
  const Duration length = settings_.length - reserve;
  const auto faults = plan(settings_.seed, {length, workers(), lease_ttl, turn_ttl});
  fmt::print(stderr, "seed {}, {} nodes, {} clients, {} of faults, then the rest:\n{}", settings_.seed, settings_.nodes, settings_.clients, cadre::to_string(length), describe(faults));
  std::vector<std::unique_ptr<Load>> loads;
  for (const auto& client : names("c", settings_.clients))
    loads.push_back(std::make_unique<Load>(client, cluster_.client_settings(client), history_, mix(settings_.seed, mix(client))));
  Nemesis nemesis(cluster_, workers(), *diary_, faults);
  {
    const Steward steward(cluster_.client_settings(), spools_, *diary_, mix(settings_.seed, mix("steward")));
    const Instant began = os::boot_now();
    for (auto next = nemesis.next(); next; next = nemesis.next()) {
      if (interrupted(std::min(*next - (os::boot_now() - began), look_every))) return false;
      nemesis.step(os::boot_now() - began);
      nemesis.look();
    }
    nemesis.heal();
  }
  for (auto& load : loads) load->finish();
  const auto all_finished = [&] { return std::all_of(loads.begin(), loads.end(), [](const auto& load) { return load->finished(); }); };
  if (!wait_for(drain_patience, [&] { return nemesis.look(), all_finished(); }, "clients still wait for an answer")) return false;
  for (const auto& load : loads)
    if (!load->trouble().empty()) diary_->tell({.what = What::stuck, .note = load->trouble()});
  return drain();
}

bool Soak::drain() {
  const auto open = [&] { return cluster_.query("SELECT COUNT(*) FROM job j LEFT JOIN outcome o ON o.job_id = j.id WHERE o.job_id IS NULL").i64(0, 0); };
  return wait_for(drain_patience, [&] { return open() == 0; }, "jobs are open");
}

// Daemons that are started anew (a turn that failed makes them pause for a minute); then whatever has no owner must go, and
// whatever is old, within a few turns, and nothing else.
bool Soak::clean_in_peace() {
  stop_daemons();
  cluster_.execute("UPDATE lease SET epoch = epoch + 1, renewals = renewals + 1, expires_at = '1970-01-02' WHERE resource LIKE 'cleanup/%'");
  cluster_.start_broker();
  for (const auto& worker : workers()) cluster_.start_worker(worker);
  cluster_.wait_for_nodes(settings_.nodes);
  std::vector<std::filesystem::path> orphans;
  for (const auto& place : spools_.all) {
    for (auto& path : plant_orphans(place, 0)) orphans.push_back(std::move(path));
    plant_links(spools_, place, 0);
  }
  Client client = cluster_.client();
  const auto clean = [&] {
    (void)client.ask("cleanup.run", fmt::format(R"({{"duty":"{}"}})", db::records_duty), 2s);
    for (const auto& place : spools_.all) (void)client.ask("cleanup.run", fmt::format(R"({{"duty":"{}"}})", duty_of(place)), 2s);
    std::erase_if(orphans, [](const auto& path) { return !std::filesystem::exists(std::filesystem::symlink_status(path)); });
    return orphans.empty() && cluster_.query("SELECT COUNT(*) FROM job j LEFT JOIN kept k ON k.job_id = j.id WHERE k.job_id IS NULL").i64(0, 0) == 0;
  };
  const Instant until = os::boot_now() + clean_patience;
  while (!clean() && os::boot_now() < until)
    if (interrupted(look_every)) return false;
  for (const auto& path : orphans) diary_->tell({.what = What::file_stays, .name = path.string()});
  if (const auto left = cluster_.query("SELECT COUNT(*) FROM job j LEFT JOIN kept k ON k.job_id = j.id WHERE k.job_id IS NULL").i64(0, 0); left > 0)
    diary_->tell({.what = What::unpurged, .note = fmt::format("{} jobs that are old and that nobody keeps are still there", left)});
  return true;
}

// Workers first: what they have to report is heard.
void Soak::stop_daemons() {
  const auto ended = [&](const std::string& who, test::Daemon& daemon) {
    if (const int code = daemon.stop(stop_patience); code != 0) diary_->tell({.what = What::died, .who = who, .note = fmt::format("asked to stop, it ended with {}\n{}", code, daemon.log_tail(600))});
  };
  for (const auto& worker : workers()) ended(worker, cluster_.worker(worker));
  ended("broker", cluster_.broker());
}

void Soak::look_outside() {
  for (const auto& file : outside_)
    if (std::string text; !std::getline(std::ifstream(file), text) || text != "must stay") diary_->tell({.what = What::file_gone, .name = file.string()});
}

}  // namespace cadre::soak
