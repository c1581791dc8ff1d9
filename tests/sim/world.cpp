#include "tests/sim/world.hpp"

#include "common/base/assert.hpp"

namespace cadre::sim {

namespace {
constexpr Duration tick_every = 250ms;
constexpr Duration store_patience = 3s;  // the writer gives up on a call after so long
}  // namespace

Weather Weather::draw(Rng& rng) {
  Weather w;
  const auto on = [&] { return rng.chance(0.5); };
  if (on()) w.loss = 0.001 * static_cast<double>(1 + rng.below(60));
  if (on()) w.duplicate = 0.01 * static_cast<double>(1 + rng.below(10));
  if (on()) w.straggle = 0.002 * static_cast<double>(1 + rng.below(10));
  if (on()) w.store_lost_call = 0.01 * static_cast<double>(1 + rng.below(10));
  if (on()) w.store_lost_answer = 0.01 * static_cast<double>(1 + rng.below(10));
  const auto often = [&](Duration a, Duration b) { return rng.between(a, b); };
  if (on()) w.broker_crash = often(5s, 40s);
  if (on()) w.worker_crash = often(5s, 40s);
  if (on()) w.pause = often(5s, 40s);
  if (on()) w.partition = often(5s, 40s);
  if (on()) w.store_outage = often(10s, 60s);
  if (on()) w.wall_step = often(5s, 60s);
  if (on()) w.store_step = often(10s, 60s);
  if (on()) w.rival = often(10s, 60s);
  w.drift = on();
  return w;
}

// --- processes ------------------------------------------------------------------------------------------------------

void Process::boot() {
  if (alive_ || retired_) return;
  alive_ = true;
  paused_ = false;
  deferred_.clear();
  ++life_;
  world_.trace()("{} boots", name_);
  started();
  schedule_tick();
}

void Process::kill() {
  if (!alive_) return;
  world_.trace()("{} is killed", name_);
  alive_ = false;
  paused_ = false;
  died();
}

void Process::pause(Duration length) {
  if (!alive_ || paused_) return;
  paused_ = true;
  world_.trace()("{} pauses for {}", name_, cadre::to_string(length));
  world_.after(length, [this, life = life_] {
    if (!alive_ || life != life_ || !paused_) return;
    paused_ = false;
    auto burst = std::move(deferred_);
    deferred_.clear();
    for (auto& what : burst)
      if (alive_ && life == life_) what();
  });
}

void Process::run(std::function<void()> what) {
  if (!alive_) return;
  if (paused_) deferred_.push_back(std::move(what));
  else what();
}

void Process::schedule_tick() {
  world_.after(tick_every, [this, life = life_] {
    if (!alive_ || life != life_) return;
    if (!paused_) tick();
    if (alive_ && life == life_) schedule_tick();
  });
}

Now Process::now() const {
  const auto boot = Duration{static_cast<std::int64_t>(static_cast<double>(world_.time().time_since_epoch().count()) * rate_)};
  return {Instant{boot + std::chrono::hours(1)}, WallTime{world_.time().time_since_epoch() + World::wall_start + wall_offset_}, service};
}

// --- the world ------------------------------------------------------------------------------------------------------

World::World(const Options& options) : options_(options), rng_(options.seed), weather_(Weather::draw(rng_)) {
  if (options.only_messages) {
    Weather messages;
    messages.loss = std::max(0.005, weather_.loss);
    messages.duplicate = weather_.duplicate;
    messages.straggle = weather_.straggle;
    weather_ = messages;
  }
  if (options.cleanup) make_cleaners();
  for (int i = 0; i < 2; ++i) brokers_.push_back(make_broker(*this, "broker" + std::to_string(i)));
  const auto workers = 1 + rng_.below(3);
  for (std::uint64_t i = 0; i < workers; ++i)
    workers_.push_back(make_worker(*this, "w" + std::to_string(i), static_cast<std::uint32_t>(1 + rng_.below(3))));
  const auto clients = 1 + rng_.below(2);
  for (std::uint64_t i = 0; i < clients; ++i)
    clients_.push_back(make_client(*this, "c" + std::to_string(i), static_cast<std::uint32_t>(10 + rng_.below(100))));
}

World::~World() = default;

// One machine purges records, or, where that is elected, any of two. Bounds are small, so that each is met: everything old
// goes within seconds, some queues keep nothing at all.
void World::make_cleaners() {
  cleanup::Policy policy;
  policy.schedule = "every 1min";
  policy.spread = 20s;
  policy.turns_max = static_cast<std::uint32_t>(1 + rng_.below(2));
  policy.retention.keep = {12s, 8s, 20s};
  policy.retention.queues["other"] = {Duration{}, Duration{}, Duration{}};
  if (rng_.chance(0.3)) policy.retention.keep = {Duration{}, Duration{}, Duration{}};
  policy.files_grace = 7s;
  clean_.emplace(policy, WallTime{wall_start});
  cleanup_checker_.emplace(policy);
  const bool elect = rng_.chance(0.5);
  for (int i = 0; i < 2; ++i) cleaners_.push_back(make_cleaner(*this, "purger" + std::to_string(i), elect || i == 0));
}

const std::optional<std::string>& World::broken() const {
  return cleanup_checker_ && cleanup_checker_->broken() ? cleanup_checker_->broken() : checker_.broken();
}

void World::point_address_at(const Process& broker) {
  for (std::size_t i = 0; i < brokers_.size(); ++i)
    if (brokers_[i].get() == &broker) address_ = i;
}

// Weaker than ZeroMQ on TCP on purpose: it does more than they would.
void World::send(Process& from, Process& to, const Message& message) {
  if (cut_.contains({&from, &to})) return;
  if (storming_ && rng_.chance(weather_.loss)) return;
  auto frames = std::make_shared<Frames>(encode(message));
  const int copies = storming_ && rng_.chance(weather_.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    Duration delay = rng_.between(100us, 3ms);
    bool out_of_order = i > 0;
    if (storming_ && rng_.chance(weather_.straggle)) {
      delay = rng_.between(500ms, 9s);
      out_of_order = true;
    }
    Instant arrival = time_ + delay;
    auto& last = in_order_[{&from, &to}];
    if (!out_of_order) arrival = last = std::max(arrival, last);
    const auto from_life = from.life();
    const auto to_life = to.life();
    at(arrival, [this, &from, &to, frames, from_life, to_life] {
      if (to.life() != to_life || !to.alive()) return;  // its connection died with it
      to.run([this, &from, &to, frames, from_life] { to.receive(from, from_life, *frames); });
    });
  }
}

std::unique_ptr<Store> World::open_store() {
  return std::make_unique<MemoryStore>(tables_, [this] { return store_clock(); });
}

void World::call_store(Process& caller, std::function<void()> execute, std::function<void(bool)> answer) {
  const auto life = caller.life();
  const auto answered = std::make_shared<bool>(false);
  const auto finish = [this, &caller, life, answered, answer](Duration wait, bool ok) {
    after(wait, [&caller, life, answered, answer, ok] {
      if (std::exchange(*answered, true) || caller.life() != life) return;
      caller.run([answer, ok] { answer(ok); });
    });
  };
  finish(store_patience, false);
  if (time_ < store_back_) return;
  if (storming_ && rng_.chance(weather_.store_lost_call)) return;
  const bool answer_lost = storming_ && rng_.chance(weather_.store_lost_answer);
  // A zombie: the caller gives up, and the statement is executed all the same, later.
  const bool zombie = answer_lost && rng_.chance(0.5);
  const Duration delay = zombie ? rng_.between(1s, 9s) : rng_.between(200us, 8ms);
  after(delay, [this, execute, finish, answer_lost] {
    if (time_ < store_back_) return;
    execute();
    if (!answer_lost) finish(rng_.between(50us, 500us), true);
  });
}

void World::weather_event(Duration mean, std::function<void()> what) {
  if (mean == Duration{}) return;
  after(rng_.between(mean / 2, mean * 3 / 2), [this, mean, what] {
    if (!storming_) return;
    what();
    weather_event(mean, what);
  });
}

void World::start_faults() {
  const auto any = [this](auto& group) -> Process& { return *group[rng_.below(group.size())]; };
  const auto crash = [this](Process& process) {
    process.kill();
    after(rng_.between(50ms, 4s), [&process] { process.boot(); });
  };
  weather_event(weather_.broker_crash, [=, this] { crash(*brokers_[address_]); });
  weather_event(weather_.worker_crash, [=, this] { crash(any(workers_)); });
  weather_event(weather_.pause, [=, this] {
    const auto which = rng_.below(3);
    Process& process = which == 0 ? *brokers_[address_] : which == 1 ? any(workers_) : any(clients_);
    if (which == 1) checker_.worker_paused(process.name(), time_);
    process.pause(rng_.between(100ms, 25s));
  });
  weather_event(weather_.partition, [=, this] {
    Process& peer = rng_.chance(0.7) ? any(workers_) : any(clients_);
    Process& broker = *brokers_[address_];
    const auto kind = rng_.below(3);  // both ways, or one
    if (kind != 1) cut_.insert({&peer, &broker});
    if (kind != 2) cut_.insert({&broker, &peer});
    after(rng_.between(500ms, 25s), [this, &peer, &broker] { cut_.erase({&peer, &broker}), cut_.erase({&broker, &peer}); });
  });
  weather_event(weather_.store_outage, [this] { store_back_ = time_ + rng_.between(500ms, 15s); });
  weather_event(weather_.wall_step, [=, this] {
    Process& process = rng_.chance(0.5) ? *brokers_[address_] : any(workers_);
    process.step_wall(rng_.between(-3600s, 3600s));
  });
  weather_event(weather_.store_step, [this] { store_offset_ += rng_.chance(0.5) ? rng_.between(-20s, 20s) : rng_.between(-3600s, 3600s); });
  if (options_.cleanup) start_wishes();
  weather_event(weather_.rival, [this] {
    // Somebody points everybody at the other broker; the old one is not told.
    brokers_[1 - address_]->boot();
  });
  if (weather_.drift)
    for (auto* group : {&brokers_, &workers_, &clients_, &cleaners_})
      for (auto& process : *group) process->set_drift(0.95 + 0.001 * static_cast<double>(rng_.below(101)));
}

// People who want a turn now, or break a lease; and the machines that purge have weather of their own.
void World::start_wishes() {
  const auto any_duty = [this] {
    const auto which = rng_.below(workers_.size() + 1);
    return which == 0 ? std::string(records_duty) : files_duty(workers_[which - 1]->name());
  };
  weather_event(5s, [=, this] { clean_->wish(any_duty()); });
  weather_event(25s, [=, this] {
    const auto place = LeaseTable::place_name(static_cast<std::uint32_t>(1 + rng_.below(clean_->policy.turns_max)));
    clean_->leases.break_lease(rng_.chance(0.5) ? any_duty() : place);
    leases_changed();
    cleanup_checker_->saw(Cleaned::lease_broken);
  });
  weather_event(weather_.broker_crash, [this] {
    Process& process = *cleaners_[rng_.below(cleaners_.size())];
    process.kill();
    after(rng_.between(50ms, 20s), [&process] { process.boot(); });
  });
  weather_event(weather_.pause, [this] { cleaners_[rng_.below(cleaners_.size())]->pause(rng_.between(100ms, 25s)); });
  weather_event(weather_.wall_step, [this] { cleaners_[rng_.below(cleaners_.size())]->step_wall(rng_.between(-3600s, 3600s)); });
}

void World::applied(Epoch epoch, const Batch& batch) {
  checker_.applied(epoch, *tables_);
  if (!cleanup_checker_) return;
  for (const auto& row : batch.outcomes) cleanup_checker_->ended(time_, row);
}

std::map<std::string, std::size_t> World::orphans() const {
  std::map<std::string, std::size_t> found;
  for (const auto& worker : workers_)
    if (worker->alive()) found[worker->name()] = orphans_of(*worker);
  return found;
}

bool World::settled() const {
  for (const auto& client : clients_)
    if (!client_settled(*client)) return false;
  for (const auto& [id, row] : tables_->job)
    if (!tables_->outcome.contains(id)) return false;
  if (!options_.cleanup) return true;
  for (const auto& [id, row] : tables_->job)
    if (!clean_->kept.contains(id)) return false;
  for (const auto& [node, count] : orphans())
    if (count > 0) return false;
  return true;
}

std::optional<std::string> World::run() {
  brokers_[0]->boot();
  for (auto& worker : workers_) worker->boot();
  for (auto& client : clients_) client->boot();
  for (auto& cleaner : cleaners_) cleaner->boot();
  start_faults();
  const Instant calm_at = time_ + options_.storm;
  const Instant end = calm_at + options_.calm;
  at(calm_at, [this] {
    trace()("the storm is over");
    storming_ = false;
    cut_.clear();
    store_back_ = Instant{};
    for (auto* group : {&brokers_, &workers_, &clients_, &cleaners_})
      for (auto& process : *group) process->mend_wall();
    // One permanent loss stays, now and then: what it held must not wait for it for ever.
    if (workers_.size() > 1 && !options_.only_messages && rng_.chance(0.3)) workers_[0]->retire();
    for (auto* group : {&workers_, &clients_, &cleaners_})
      for (auto& process : *group) process->boot();
    brokers_[address_]->boot();
  });
  Instant next_look = calm_at;
  while (!failure_ && !broken() && !events_.empty() && time_ < end) {
    const auto event = events_.begin();
    time_ = event->first.first;
    const auto what = std::move(event->second);
    events_.erase(event);
    what();
    if (time_ < next_look || storming_) continue;
    next_look = time_ + 1s;
    if (settled() && time_ > calm_at + 20s) break;
  }
  if (failure_) return failure_;
  if (!broken()) checker_.at_the_end(*tables_, options_.only_messages);
  if (!broken() && cleanup_checker_) cleanup_checker_->at_the_end(*tables_, clean_->kept, orphans());
  if (broken()) return *broken() + brokers_[address_]->describe();
  return failure_;
}

std::uint64_t World::digest() const {
  std::uint64_t sum = mix(event_count_, static_cast<std::uint64_t>(time_.time_since_epoch().count()));
  for (const auto& [id, row] : tables_->outcome)
    sum = mix(sum, mix(id.value, mix(static_cast<std::uint64_t>(row.state), row.end.attempt.number)));
  return sum;
}

}  // namespace cadre::sim
