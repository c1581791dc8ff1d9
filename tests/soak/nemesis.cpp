#include "tests/soak/nemesis.hpp"

#include <signal.h>

#include <algorithm>

#include <fmt/format.h>

#include "common/database/leases.hpp"
#include "common/os/clock.hpp"

namespace cadre::soak {

namespace {

constexpr Duration turn_patience = 4s;   // for the broker to take its turn: it looks every two seconds
constexpr std::size_t tail = 600;        // bytes of a dead daemon's log

constexpr Duration rival_patience = 2s;  // for the other process to have its turn
constexpr Duration rival_sleeps_on = 1500ms;

// As fast as can be: behind the row that says that a turn has begun, and before anything was deleted in it. Whose it is; "": nobody's.
std::string holder_of_records(db::Link& link, const std::string& who, Duration patience) {
  for (const Instant until = os::boot_now() + patience; os::boot_now() < until;) {
    const auto rows = link.query("SELECT l.holder FROM lease l JOIN cleanup_run r ON r.duty = l.resource AND r.epoch = l.epoch WHERE l.resource = ? AND l.expires_at > SYSDATE(6)", {std::string(db::records_duty)});
    const auto* found = std::get_if<db::Rows>(&rows);
    if (found == nullptr) return "";
    if (!found->empty() && found->text(0, 0).find(who) != std::string::npos) return found->text(0, 0);
  }
  return "";
}

// A link that gives up soon: the main thread waits for nobody.
db::Outcome<db::Link> quick_link(test::Cluster& cluster) {
  auto settings = cluster.mariadb().settings({}, "cadre");
  settings.connect_timeout = settings.io_timeout = 2s;
  return db::Link::connect(settings);
}

}  // namespace

Nemesis::Nemesis(test::Cluster& cluster, std::vector<std::string> workers, const Diary& diary, std::vector<Fault> faults)
    : cluster_(cluster), workers_(std::move(workers)), diary_(diary), faults_(std::move(faults)) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    acts_.push_back({faults_[i].begin, i, true});
    acts_.push_back({faults_[i].end, i, false});
  }
  std::stable_sort(acts_.begin(), acts_.end(), [](const Act& a, const Act& b) { return a.at < b.at; });
}

std::optional<Duration> Nemesis::next() const { return done_ == acts_.size() ? std::nullopt : std::optional(acts_[done_].at); }

void Nemesis::step(Duration now) {
  now_ = now;
  if (rival_wakes_ && *rival_wakes_ <= now) {
    rival_->signal(SIGCONT);
    rival_wakes_.reset();
  }
  for (; done_ < acts_.size() && acts_[done_].at <= now; ++done_) {
    const Act& act = acts_[done_];
    if (act.begins) begin(faults_[act.fault]);
    else end(faults_[act.fault]);
  }
}

void Nemesis::say(const Fault& fault, What what) { diary_.tell({.what = what, .who = fault.target, .note = std::string(to_string(fault.kind))}); }

// "Before" it is done, and "over" when it is undone: an event that lies between the two is of the fault.
void Nemesis::begin(const Fault& fault) {
  say(fault, What::fault_begin);
  on_[fault.target] = fault;
  switch (fault.kind) {
    case Kind::kill: return kill(fault.target);
    case Kind::term: return signal(fault.target, SIGTERM);
    case Kind::stop: return signal(fault.target, SIGSTOP);
    case Kind::rival: return begin_rival();
  }
}

void Nemesis::end(const Fault& fault) {
  switch (fault.kind) {
    case Kind::term:
      kill(fault.target);                // where it was not over yet
      [[fallthrough]];
    case Kind::kill: start(fault.target); break;
    case Kind::rival:
      rival_wakes_ = now_ + rival_sleeps_on;
      [[fallthrough]];
    case Kind::stop: signal(fault.target, SIGCONT); break;
  }
  on_.erase(fault.target);
  say(fault, What::fault_end);
}

void Nemesis::heal() {
  while (!on_.empty()) {
    const Fault fault = on_.begin()->second;
    end(fault);
  }
  if (rival_) {
    rival_->signal(SIGCONT);
    (void)rival_->wait(30s);
  }
  done_ = acts_.size();
}

// The one who purges is stopped in its turn, a person breaks its leases, and another process takes them. Then it wakes.
void Nemesis::begin_rival() {
  auto made = quick_link(cluster_);
  if (auto* link = std::get_if<db::Link>(&made)) {
    const auto wish = link->execute("UPDATE lease SET asked = ? WHERE resource = ?", {std::int64_t{os::wall_now().time_since_epoch().count()}, std::string(db::records_duty)});
    (void)wish;                          // where it is not heard, the broker is stopped outside of a turn
    (void)holder_of_records(*link, "cadre-broker", turn_patience);
    signal("broker", SIGSTOP);
    if (auto leases = db::read_leases(*link); const auto* rows = std::get_if<std::vector<db::LeaseRow>>(&leases))
      for (const auto& row : *rows)
        if (row.held() && row.resource.starts_with("cleanup/") && row.holder.find("cadre-broker") != std::string::npos && db::trouble_of(db::break_lease(*link, row.resource)) == nullptr)
          diary_.tell({.what = What::forced, .name = row.resource, .note = "broken"});
  } else {
    signal("broker", SIGSTOP);
  }
  rival_.emplace(std::vector<std::string>{test::binary("cadre"), "--config", cluster_.config().string(), "cleanup", "run", "--offline"}, cluster_.directory() / "rival.log");
  diary_.tell({.what = What::forced, .name = db::records_duty, .note = "asked for by another"});
  // Stopped in its turn too: what the broker deletes when it wakes, it deletes under a turn that is another's.
  if (auto* link = std::get_if<db::Link>(&made); link != nullptr && !holder_of_records(*link, "--offline", rival_patience).empty()) rival_->signal(SIGSTOP);
}

void Nemesis::signal(const std::string& target, int number) {
  if (target == "mariadb") {
    if (cluster_.mariadb().running()) ::kill(cluster_.mariadb().pid(), number);
    return;
  }
  daemon(target).signal(number);
}

void Nemesis::kill(const std::string& target) {
  if (target == "mariadb") cluster_.mariadb().kill9();
  else daemon(target).kill9();
}

void Nemesis::start(const std::string& target) {
  if (target == "mariadb") cluster_.mariadb().start();
  else if (target == "broker") cluster_.start_broker();
  else cluster_.start_worker(target);
}

void Nemesis::look() {
  std::vector<std::string> targets = workers_;
  targets.push_back("broker");
  for (const auto& target : targets) {
    if (on_.contains(target) || daemon(target).running()) continue;
    diary_.tell({.what = What::died, .who = target, .note = fmt::format("exit code {}\n{}", daemon(target).wait(Duration{}), daemon(target).log_tail(tail))});
    start(target);
  }
}

}  // namespace cadre::soak
