// The loop's part before and beside the work: the seat, what endangers the database, and loading what is open.
#include <fmt/format.h>

#include "broker/shell/admitted.hpp"
#include "broker/shell/loop.hpp"
#include "common/os/clock.hpp"

namespace cadre {

namespace {
constexpr Duration disk_look_every = 500ms;  // what comes in meanwhile must find room in half of the bound
constexpr Duration told_disk_look_every = 2s;
constexpr std::uint32_t load_page = 20'000;
}  // namespace

void Loop::tend_seat() {
  switch (seat_->wish(now_.boot)) {
    case SeatKeeper::Wish::nothing: break;
    case SeatKeeper::Wish::look: look_at_seat(); break;
    case SeatKeeper::Wish::take: take_seat(); break;
    case SeatKeeper::Wish::renew: renew_seat(); break;
  }
  if (!core_ || !ready_) return;
  look_at_settings();
  look_at_disk();
}

// Whoever changes a durability setting while we run must not make us break a promise: no new work until it is mended. Where
// the server has its files is asked as well: it may have been started anew with others.
void Loop::look_at_settings() {
  if (looking_at_settings_ || now_.boot < next_settings_look_) return;
  looking_at_settings_ = true;
  next_settings_look_ = now_.boot + settings_.look_at_settings_every;
  order([this, demands = settings_.demands](Store& store) -> StoreThread::Completion {
    auto found = std::make_shared<Stored<std::vector<std::string>>>(store.objections(demands));
    auto grows = std::make_shared<Stored<Store::Growth>>(store.growth());
    return [this, found, grows] {
      looking_at_settings_ = false;
      if (auto* growth = std::get_if<Store::Growth>(&*grows)) heed_growth(std::move(*growth));
      const auto* objections = std::get_if<std::vector<std::string>>(&*found);
      if (objections == nullptr || !core_) return;
      for (const auto& one : *objections) log::error("database_unsafe", {{"why", one}, {"do", "no job is accepted until it is mended"}});
      const std::string found_now = objections->empty() ? "" : objections->front();
      if (std::exchange(unsafe_, found_now) == found_now) return;
      if (found_now.empty()) log::info("database_safe_again");
      heed_unsafe();
    };
  });
}

// Unsafe settings make the server forget: it counts as being away.
void Loop::heed_unsafe() {
  if (!store_away_.empty()) return;
  if (!unsafe_.empty()) step(StoreAway{unsafe_});
  else if (!core_->store_trouble().empty()) step(StoreBack{});
}

void Loop::heed_growth(Store::Growth growth) {
  const std::string told = std::exchange(growth_, std::move(growth)).volumes.why_not;
  if (growth_.volumes.all.empty() && told != growth_.volumes.why_not)
    log::warn("database_volume_not_visible", {{"why", growth_.volumes.why_not},
              {"do", "a worker on that machine with purge.socket in its file tells how much room there is; without one nothing stops submits before the disk is full"}});
}

// Where the database's volume is not visible from here: a node that sees it is asked through the database, which is told how
// much waits here.
void Loop::look_at_told_disk() {
  if (!office_ || looking_at_told_disk_ || now_.boot < next_told_disk_look_) return;
  next_told_disk_look_ = now_.boot + told_disk_look_every;
  const cleanup::ToldLoad load{settings_.load ? settings_.load->waiting.load() : 0, Duration{settings_.load ? settings_.load->oldest_age.load() : 0}};
  looking_at_told_disk_ = office_->post([this, load](cleanup::Office& office) -> WorkThread<cleanup::Office>::Completion {
    auto told = std::make_shared<Result<std::optional<cleanup::VolumeRoom>>>(office.exchange(load));
    return [this, told] {
      looking_at_told_disk_ = false;
      if (*told) told_disk_ = **told;
    };
  });
}

void Loop::look_at_disk() {
  if (now_.boot < next_disk_look_) return;
  next_disk_look_ = now_.boot + disk_look_every;
  const Room before = core_->room();
  volume_.reset();
  if (const auto seen = db::fullest(growth_.volumes)) {
    volume_ = {seen->space.free, seen->space.total};
    step(StoreRoom{seen->space.free, growth_.reusable, seen->directory.string()});
  } else {
    look_at_told_disk();
    if (told_disk_) volume_ = {told_disk_->free, told_disk_->total};
    step(StoreRoom{told_disk_ ? std::optional(told_disk_->free) : std::nullopt, growth_.reusable, told_disk_ ? cleanup::place_of(*told_disk_) : ""});
  }
  if (core_->room() == before) return;
  if (core_->room() == Room::enough) log::info("database_volume_has_room");
  else log::warn("database_volume_low", {{"why", core_->room_trouble()}});
}

void Loop::look_at_seat() {
  seat_->asked(now_.boot);
  order([this](Store& store) -> StoreThread::Completion {
    auto found = std::make_shared<Stored<Seat>>(store.look_at_seat());
    return [this, found] {
      const auto* seat = std::get_if<Seat>(&*found);
      if (seat == nullptr) {
        tell_away(store_away_, "store_away", std::get<Away>(*found).reason);
        database_.away(std::get<Away>(*found).reason);
        return seat_->away(now_.boot);
      }
      database_.answered(now_.boot);
      store_away_.clear();
      seat_->looked(now_.boot, seat->renewals, seat->expired);
      if (seat->expired || seat_holder_told_ == seat->holder) return;
      seat_holder_told_ = seat->holder;
      log::warn("seat_taken", {{"by", seat->holder}, {"epoch", seat->epoch.value}, {"do", settings_.exit_if_taken ? "exits" : "waits"}});
      if (settings_.exit_if_taken) stop(75);
    };
  });
}

void Loop::take_seat() {
  seat_->asked(now_.boot);
  order([this, holder = settings_.holder, ttl = settings_.seat.ttl, stale = seat_->stale_renewals()](Store& store) -> StoreThread::Completion {
    auto answer = std::make_shared<Stored<Granted>>(store.take_seat(holder, ttl, stale));
    return [this, answer] {
      if (const auto* granted = std::get_if<Granted>(&*answer)) {
        seat_->granted(granted->epoch);
        log::info("seat_granted", {{"epoch", granted->epoch.value}});
        return start_core(granted->epoch);
      }
      if (std::holds_alternative<Away>(*answer)) return seat_->away(now_.boot);
      seat_->denied(now_.boot);
    };
  });
}

void Loop::renew_seat() {
  const Epoch epoch = *seat_->epoch();
  const Duration elapsed = now_.boot - std::exchange(service_asked_, now_.boot);
  seat_->asked(now_.boot);
  order([this, epoch, elapsed, ttl = settings_.seat.ttl](Store& store) -> StoreThread::Completion {
    const Instant began = os::boot_now();
    auto renewed = std::make_shared<Stored<Done>>(store.renew_seat(epoch, ttl));
    const Duration took = os::boot_now() - began;
    auto time = std::make_shared<Stored<ServiceTime>>(ServiceTime{});
    if (std::holds_alternative<Done>(*renewed)) *time = store.tick_clock(epoch, elapsed);
    return [this, renewed, time, took] {
      counts_.took(Exchange::renew_lease, took);
      if (const auto* fenced = std::get_if<FencedOut>(&*renewed)) {
        log::error("exit", {{"why", "the seat has been taken by " + fenced->holder}});
        return stop(75);
      }
      if (const auto* away = std::get_if<Away>(&*renewed)) {
        ++counts_.renew_failures;
        database_.away(away->reason);
        return seat_->away(now_.boot);
      }
      database_.answered(now_.boot);
      if (const auto* service = std::get_if<ServiceTime>(&*time)) now_.service = *service;
      seat_->renewed();
    };
  });
}

// Whoever cleans reads it there. The broker that has the seat has the word.
void Loop::write_policy() {
  if (!office_) return;
  const bool posted = office_->post([policy = settings_.cleanup, wall = now_.wall](cleanup::Office& office) -> WorkThread<cleanup::Office>::Completion {
    const auto written = office.write_policy(policy, wall);
    return [written] {
      if (!written) log::warn("cleanup_policy_not_written", {{"why", written.error()}});
    };
  });
  if (!posted) log::warn("cleanup_policy_not_written", {{"why", "too many questions are waiting"}});
}

void Loop::start_core(Epoch epoch) {
  core_ = std::make_unique<Broker>(settings_.policy, cluster_, epoch);
  ready_ = false;
  step(SetLimits{limits_});
  load(JobId{});
}

// In pages; nothing else happens to the core meanwhile. With the last one come the keys: while this broker waited for the
// seat, the one that had it may have admitted some and revoked others; and the service clock: a job that were accepted before
// it is known would look as old as the cluster, and be purged at once.
void Loop::load(JobId after) {
  order([this, after, epoch = core_->epoch(), keys_in_store = settings_.keys_in_store](Store& store) -> StoreThread::Completion {
    auto page = std::make_shared<Stored<std::vector<OpenJob>>>(store.load_open(after, load_page));
    auto nodes = std::make_shared<Stored<std::vector<NodeRow>>>(std::vector<NodeRow>{});
    const auto* jobs = std::get_if<std::vector<OpenJob>>(&*page);
    auto service = std::make_shared<Stored<ServiceTime>>(ServiceTime{});
    const bool last = jobs != nullptr && jobs->size() < load_page;
    if (last) *nodes = store.load_nodes();
    auto restored = std::make_shared<Stored<Restored>>(Restored{});
    if (last) *restored = store.load_restored();
    auto keys = std::make_shared<Stored<std::vector<KeyRow>>>(std::vector<KeyRow>{});
    if (last && keys_in_store) *keys = store.load_keys();
    if (last) *service = store.tick_clock(epoch, Duration{});
    if (jobs == nullptr || std::holds_alternative<Away>(*nodes) || std::holds_alternative<Away>(*restored) || std::holds_alternative<Away>(*keys) || std::holds_alternative<Away>(*service)) StoreThread::breathe();
    return [this, page, nodes, restored, keys, service, after, last] {
      auto* loaded = std::get_if<std::vector<OpenJob>>(&*page);
      auto* rows = std::get_if<std::vector<NodeRow>>(&*nodes);
      const auto* known = std::get_if<std::vector<KeyRow>>(&*keys);
      const auto* time = std::get_if<ServiceTime>(&*service);
      auto* without = std::get_if<Restored>(&*restored);
      if (loaded == nullptr || rows == nullptr || without == nullptr || known == nullptr || time == nullptr) return load(after);
      if (last && settings_.keys_in_store) gate_.admit(admitted_keys(*known));
      if (last) now_.service = *time;
      const JobId reached = loaded->empty() ? after : loaded->back().id;
      step(Loaded{std::move(*loaded)});
      if (!last) return load(reached);
      step(LoadDone{with_admitted(std::move(*rows), *known), std::move(*without)});
      ready_ = true;
      heed_growth(settings_.growth);
      look_at_disk();
      write_policy();
      log::info("ready", {{"epoch", core_->epoch().value}, {"open_jobs", core_->jobs().size()}, {"payload_max", settings_.policy.payload_max}});
      os::notify_service("READY=1");
    };
  });
}

}  // namespace cadre
