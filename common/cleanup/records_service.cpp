#include "common/cleanup/records_service.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/cleanup/database_host.hpp"
#include "common/cleanup/duty.hpp"
#include "common/cleanup/host_words.hpp"
#include "common/cleanup/run_row.hpp"
#include "common/database/find_volumes.hpp"
#include "common/log/log.hpp"
#include "common/os/clock.hpp"

namespace cadre::cleanup {

namespace {

constexpr Duration claim_every = 10s, tell_room_every = 2s;
constexpr Duration retry_after = 1min;       // a turn that failed
constexpr Duration rest_min = 2ms, rest_max = 5s;
constexpr Duration pause_where_full = 10min; // a nearly full volume asks for a turn at once, but not again and again
constexpr int rest_times = 2;                // of what a step took: a third of one connection's time is ours
constexpr int rest_times_busy = 20;
constexpr Duration write_down_every = 5s;
constexpr const char* denied_advice = "; only the account cadre_purge may delete jobs: `cadre db init` makes it, and purge.user and purge.password_file name it";

}  // namespace

RecordsService::RecordsService(Settings settings, std::function<bool(const Policy&)> busy)
    : settings_(std::move(settings)), ballast_(settings_.ballast), busy_(std::move(busy)) {}

RecordsService::~RecordsService() {
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RecordsService::start() { thread_ = std::thread([this] { run_thread(); }); }

void RecordsService::run_thread() {
  while (rest(look())) {}
}

bool RecordsService::rest(Duration duration) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, duration, [this] { return stop_; });
  return !stop_;
}

// Once for each reason: it is looked at every few seconds.
void RecordsService::tell(const std::string& why) {
  if (std::exchange(told_, why) != why && !why.empty()) log::warn("records_not_purged", {{"node", settings_.node}, {"why", why}});
}

// First of all, and whether the database answers or not: it may be away because its disk is full. Until it has said where it
// is, room is only given.
void RecordsService::tend_ballast() {
  if (!ballast_) return;
  const auto& [file, bytes, bound] = ballast_->settings();
  const auto done = volumes_.all.empty() ? ballast_->relieve() : ballast_->tend();
  const std::string told = std::exchange(ballast_told_, done ? "" : done.error());
  if (!done && told != done.error()) log::warn("ballast_trouble", {{"why", done.error()}});
  if (done && *done == Ballast::Act::lay) log::info("ballast_laid", {{"file", file.string()}, {"bytes", bytes}});
  if (done && *done == Ballast::Act::drop)
    log::warn("ballast_dropped", {{"file", file.string()}, {"bytes", bytes}, {"why", "less than half of policy.free_space_min was free on its volume"}});
}

// By the policy's own bound, which a broker of an earlier release did not write: then 0.
bool RecordsService::room_is_low(const Policy& policy) const {
  const auto seen = db::fullest(volumes_);
  return seen && seen->space.free < policy.free_space_min;
}

Duration RecordsService::look() {
  tend_ballast();
  if (!link_) {
    auto made = db::Link::connect(settings_.database);
    if (const auto* trouble = trouble_of(made)) {
      tell(trouble->message);
      return settings_.look_every;
    }
    link_.emplace(std::move(std::get<db::Link>(made)));
    next_claim_ = Instant{};
    find_volumes();
  }
  auto looked = look_with(*link_);
  if (const auto* trouble = trouble_of(looked)) {
    if (trouble->kind == db::Kind::again) return settings_.look_every;
    tell(trouble->message);
    link_.reset();
    next_try_ = os::boot_now() + retry_after;
    return settings_.look_every;
  }
  return std::get<Duration>(looked);
}

void RecordsService::find_volumes() {
  auto volumes = db::find_volumes(*link_, settings_.database);
  volumes_ = trouble_of(volumes) == nullptr ? std::get<db::Volumes>(volumes) : db::Volumes{};
  if (!ballast_) return;
  if (const auto trouble = ballast_trouble(ballast_->settings(), volumes_)) {
    log::error("ballast_refused", {{"why", *trouble}});
    ballast_.reset();
  }
}

db::Outcome<Duration> RecordsService::look_with(db::Link& link) {
  auto read = read_rules(link);
  if (const auto* trouble = trouble_of(read)) {
    if (trouble->kind != db::Kind::missing) return *trouble;
    tell(trouble->message);
    return settings_.look_every;
  }
  const auto& [policy, schedule, cluster] = std::get<Rules>(read);
  if (ballast_) ballast_->heed_bound(policy.free_space_min);
  auto part = part_of(link, policy);
  if (const auto* trouble = trouble_of(part)) return *trouble;
  const auto& [ours, why] = std::get<Part>(part);
  tell(ours ? "" : why);
  if (!ours || os::boot_now() < next_try_) return settings_.look_every;
  auto facts = read_duty(link, db::records_duty);
  if (const auto* trouble = trouble_of(facts)) return *trouble;
  const WallTime now = os::wall_now();
  const Duration left = due_at(std::get<DutyFacts>(facts), now, schedule, Seat{}, policy.spread) - now;
  const bool urgent = os::boot_now() >= next_urgent_ && room_is_low(policy);
  if (left > Duration{} && !urgent) return std::min(left, settings_.look_every);
  return take(link, policy, std::get<Part>(part));
}

// What we take for our part is written down, so that a second one that takes the same is found, by both.
db::Outcome<RecordsService::Part> RecordsService::part_of(db::Link& link, const Policy& policy) {
  const HostFinding host = settings_.host == Host::detect ? is_database_host(link)
                           : settings_.host == Host::yes  ? HostFinding{true, "purge.records says so"}
                                                          : HostFinding{false, "purge.records is 'never' on this node"};
  const bool elect = policy.records_by == "elect", by_name = !elect && policy.records_by != "auto";
  Part part{host.yes, host.why};
  if (elect) part = {settings_.host != Host::no, "cleanup.records_by is 'elect': any node that can"};
  if (by_name) part = {policy.records_by == settings_.node && settings_.host != Host::no,
                       fmt::format("cleanup.records_by names the node '{}'", policy.records_by)};
  auto written = claim(link, part);
  if (const auto* trouble = trouble_of(written)) return *trouble;
  if (!part.ours || elect || by_name) return part;
  auto others = link.query("SELECT node FROM cleanup_claim WHERE claims AND node <> ? AND seen > SYSDATE(6) - INTERVAL ? SECOND ORDER BY node",
                           {settings_.node, std::int64_t{claim_seconds}});
  if (const auto* trouble = trouble_of(others)) return *trouble;
  const auto& rows = std::get<db::Rows>(others);
  if (rows.empty()) return part;
  return Part{false, fmt::format("'{}' and '{}' both take themselves for the database's host, so neither purges; say which one it is with "
                                 "cleanup.records_by on the master, or purge.records: never on the other", settings_.node, rows.text(0, 0))};
}

// As long as we live, also in a long turn: who is not heard of is nobody. At once where it has changed: people look.
db::Outcome<Done> RecordsService::claim(db::Link& link, const Part& part) {
  const Instant now = os::boot_now();
  if (now < next_claim_ && part == claimed_) return Done{};
  const auto room = db::fullest(volumes_);
  next_claim_ = now + (settings_.tells_room && room ? tell_room_every : claim_every);
  claimed_ = part;
  auto written = link.execute("REPLACE INTO cleanup_claim (node, claims, why, seen, directory, free, total) VALUES (?, ?, ?, SYSDATE(6), ?, ?, ?)",
                              {settings_.node, std::uint64_t{part.ours}, part.why, room ? room->directory.string() : "", room ? room->space.free : std::uint64_t{0},
                               room ? room->space.total : std::uint64_t{0}});
  if (const auto* trouble = trouble_of(written)) return *trouble;
  return Done{};
}

// As the broker tells, on another machine.
db::Outcome<bool> RecordsService::told_busy(db::Link& link, const Policy& policy) {
  auto told = read_load(link);
  if (const auto* trouble = trouble_of(told)) return *trouble;
  const auto& load = std::get<0>(told);
  return load && (load->waiting > policy.slow_above_waiting || load->oldest_age > policy.slow_above_age);
}

db::Outcome<Duration> RecordsService::take(db::Link& link, const Policy& policy, const Part& part) {
  const Instant now = os::boot_now();
  auto seat = seat_of(link, db::records_duty);
  if (const auto* trouble = trouble_of(seat)) return *trouble;
  const std::uint32_t places = places_of(policy, std::get<Seat>(seat).nodes - 1);
  auto taken = db::take_turn(link, db::records_duty, settings_.holder, policy.turn_ttl, places, watch_.unmoved(now, policy.turn_ttl));
  if (const auto* trouble = trouble_of(taken)) {
    if (trouble->kind == db::Kind::again) return settings_.look_every;
    return *trouble;
  }
  const auto& answer = std::get<0>(taken);
  if (const auto* held = std::get_if<db::Held>(&answer)) {
    for (const auto& row : held->by) watch_.denied(now, row.resource, row.renewals);
    return settings_.look_every;
  }
  const auto& turn = std::get<db::Turn>(answer);
  auto done = run(link, policy, part, turn);
  if (const auto* trouble = trouble_of(done)) return *trouble;
  auto given = db::give_back(link, turn);
  if (const auto* trouble = trouble_of(given)) return *trouble;
  return settings_.look_every;
}

// Steps, rests, renewals. Whatever ends it is written down as far as the database can be reached.
db::Outcome<Done> RecordsService::run(db::Link& link, const Policy& policy, const Part& part, const db::Turn& turn) {
  RunRow row;
  row.duty = turn.duty;
  row.epoch = turn.epoch;
  row.node = settings_.node;
  row.holder = settings_.holder;
  row.began = os::wall_now();
  next_urgent_ = os::boot_now() + pause_where_full;
  auto begun = row.begin(link);
  if (trouble_of(begun) != nullptr) return begun;
  log::info("purge_begins", {{"epoch", turn.epoch}});
  PurgeRecords purge(link, turn, policy.retention);
  Instant renewed = os::boot_now(), written = renewed, next_load_look = renewed;
  std::optional<db::Trouble> trouble;
  RemovalCount::Sum counted;
  bool over = false;
  while (!over && !trouble && row.error.empty()) {
    const Instant began = os::boot_now();
    if (began - renewed >= policy.turn_ttl * 3 / 10) {
      auto ours = db::renew_turn(link, turn, policy.turn_ttl);
      if (const auto* found = trouble_of(ours)) trouble = *found;
      else if (!std::get<bool>(ours)) row.error = "the turn was lost: it was not renewed in time, or a person broke the lease";
      else renewed = began;
      if (trouble || !row.error.empty()) break;
    }
    auto went = purge.step();
    if (const auto* found = trouble_of(went)) {
      trouble = *found;
      break;
    }
    const RemovalCount::Sum so_far{purge.counts().rows, 0, purge.counts().bytes};
    settings_.removed->add(counted, so_far);
    counted = so_far;
    over = std::get<PurgeRecords::Went>(went) == PurgeRecords::Went::over;
    if (std::get<PurgeRecords::Went>(went) == PurgeRecords::Went::turn_lost) row.error = "the turn was lost: another has it";
    auto claimed = claim(link, part);
    if (const auto* found = trouble_of(claimed)) trouble = *found;
    if (busy_) row.slow = busy_(policy);
    if (!busy_ && began >= next_load_look) {
      next_load_look = began + write_down_every;
      auto told = told_busy(link, policy);
      if (const auto* found = trouble_of(told)) trouble = *found;
      else row.slow = std::get<bool>(told);
    }
    if (began - written >= write_down_every) {
      written = began;
      row.detail(purge.counts(), purge.phase());
      auto noted = row.note(link);
      if (const auto* found = trouble_of(noted)) trouble = *found;
    }
    const Duration took = os::boot_now() - began;
    if (!over && !rest(std::clamp<Duration>(took * (row.slow ? rest_times_busy : rest_times), rest_min, rest_max))) row.error = "the process ends";
  }
  row.detail(purge.counts(), purge.phase());
  row.ended = os::wall_now();
  row.ok = over;
  if (trouble) row.error = trouble->message + (trouble->kind == db::Kind::denied ? denied_advice : "");
  if (!over) next_try_ = os::boot_now() + retry_after;
  auto noted = row.note(link);
  const auto& counts = purge.counts();
  log::event(over ? log::Level::info : log::Level::warn, "purge_ends", {{"epoch", turn.epoch}, {"removed", row.removed()}, {"bytes", counts.bytes},
             {"steps", counts.steps}, {"retries", counts.retries}, {"trouble", row.error}});
  if (trouble) return *trouble;
  return noted;
}

}  // namespace cadre::cleanup
