// A broker process: the core and the seat keeper, with a writer that repeats a batch until it is known to be stored.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tests/sim/office.hpp"

namespace cadre::sim {

namespace {

class BrokerProcess final : public Process {
 public:
  using Process::Process;

  void receive(Process& from, std::uint64_t from_life, const Frames& frames) override {
    if (!core_) return;
    const auto message = decode(frames.header, frames.payload, 1 << 20);
    if (!message) return world_.fail("the broker cannot read what we wrote: " + message.error());
    const bool worker = from.name()[0] == 'w';
    const PeerId peer = peer_of(from, from_life);
    if (const auto* ask = std::get_if<Ask>(&*message))
      return office_.answer(*this, *core_, from.name(), *ask, [this, &from, from_life](Answer answer) {
        if (from.life() == from_life) world_.send(*this, from, std::move(answer));
      });
    Message copy = *message;
    if (auto* submit = std::get_if<Submit>(&copy))
      for (auto& job : submit->jobs) job.digest = digest_of(job);
    step(Received{peer, {from.name(), worker ? Role::worker : Role::client}, std::move(copy)});
    end_turn();
  }

 public:
  std::string describe() const override {
    if (!core_) return "\n  there is no broker";
    std::string text;
    int left = 5;
    for (const auto& [id, job] : core_->jobs()) {
      if (left-- == 0) break;
      const auto why = core_->why(now(), id);
      text += "\n  " + to_string(id) + " body " + (job.body ? "here" : job.fetching ? "asked for" : "not here") + ": " + why.headline;
      for (const auto& line : why.lines) text += "; " + line;
    }
    return text;
  }

 protected:
  void started() override {
    core_.reset();
    seat_.emplace(SeatKeeper::Policy{});
    peers_.clear();
    handles_.clear();
    store_ = world_.open_store();
    in_flight_.reset();
    office_ = Office(world_);
  }
  void died() override { core_.reset(); }

  void tick() override {
    const Instant boot = now().boot;
    switch (seat_->wish(boot)) {
      case SeatKeeper::Wish::nothing: break;
      case SeatKeeper::Wish::look: look(); break;
      case SeatKeeper::Wish::take: take(); break;
      case SeatKeeper::Wish::renew: renew(); break;
    }
    if (!core_) return;
    step(Tick{});
    end_turn();
  }

 private:
  void look() {
    seat_->asked(now().boot);
    auto seat = std::make_shared<std::optional<Seat>>();
    world_.call_store(*this, [this, seat] { *seat = std::get<Seat>(store_->look_at_seat()); },
                      [this, seat](bool ok) {
                        if (ok) seat_->looked(now().boot, (*seat)->renewals, (*seat)->expired);
                        else seat_->away(now().boot);
                      });
  }

  void take() {
    seat_->asked(now().boot);
    auto granted = std::make_shared<std::optional<Epoch>>();
    const auto stale = seat_->stale_renewals();
    world_.call_store(*this,
                      [this, granted, stale] {
                        const auto answer = store_->take_seat(name(), 5s, stale);
                        if (const auto* grant = std::get_if<Granted>(&answer)) *granted = grant->epoch;
                      },
                      [this, granted](bool ok) {
                        if (!ok) return seat_->away(now().boot);
                        if (!*granted) return seat_->denied(now().boot);
                        seat_->granted(**granted);
                        world_.point_address_at(*this);
                        load(**granted);
                      });
  }

  void renew() {
    seat_->asked(now().boot);
    auto answer = std::make_shared<std::optional<Stored<Done>>>();
    const Epoch epoch = *seat_->epoch();
    const Duration elapsed = now().boot - clock_asked_;
    clock_asked_ = now().boot;
    auto service_now = std::make_shared<ServiceTime>();
    world_.call_store(*this,
                      [this, answer, epoch, elapsed, service_now] {
                        *answer = store_->renew_seat(epoch, 5s);
                        const auto ticked = store_->tick_clock(epoch, elapsed);
                        if (const auto* time = std::get_if<ServiceTime>(&ticked)) *service_now = *time;
                        if (world_.cleans()) world_.cleanup_checker().service_ticked(world_.time(), world_.tables().service);
                      },
                      [this, answer, service_now](bool ok) {
                        if (!ok) return seat_->away(now().boot);
                        if (std::holds_alternative<FencedOut>(**answer)) return resign();
                        service = *service_now;
                        seat_->renewed();
                      });
  }

  // The newest term may load everything in one look: the store cannot change under a seat that is ours.
  void load(Epoch epoch) {
    auto jobs = std::make_shared<std::vector<OpenJob>>();
    auto nodes = std::make_shared<std::vector<NodeRow>>();
    auto clock = std::make_shared<ServiceTime>();
    world_.call_store(*this,
                      [this, jobs, nodes, clock] {
                        *clock = world_.tables().service;
                        *jobs = std::get<std::vector<OpenJob>>(store_->load_open(JobId{}, 1'000'000));
                        *nodes = std::get<std::vector<NodeRow>>(store_->load_nodes());
                      },
                      [this, jobs, nodes, clock, epoch](bool ok) {
                        if (!ok) return load(epoch);
                        service = *clock;  // nothing is stamped with a time that was long ago
                        Policy policy;
                        policy.lease_ttl = 10s;
                        policy.body_memory = 400;  // so that bodies are fetched again
                        policy.fetch_ahead = 4;
                        policy.quarantine = 10s;
                        policy.payload_max = 500;
                        policy.batch_rows_max = 8;
                        policy.checkpoint_every = 7;
                        core_.emplace(policy, "sim", epoch);
                        for (const auto& job : *jobs)
                          if (job.leased) world_.checker().saw(Sometimes::takeover_with_running_jobs);
                        step(SetLimits{world_.limits()});
                        step(Loaded{*jobs});
                        step(LoadDone{*nodes, {}});
                        end_turn();
                      });
  }

  void resign() {
    world_.trace()("{} has lost the seat", name());
    kill();
    world_.after(1s, [this] { if (&world_.broker_address() == this) boot(); });
  }

  void step(const Input& input) {
    if (!core_) return;
    Effects effects(world_.trace());
    const Stats before = core_->stats();
    core_->step(now(), input, effects);
    if (const auto broken = core_->broken_invariant()) world_.fail("broker invariant: " + *broken);
    check_limits();
    count(before, core_->stats());
    perform(std::move(effects));
  }

  // They are the same from the beginning of the world: so no broker ever has more in its books.
  void check_limits() {
    const WorkLimits& limits = world_.limits();
    for (const auto& [engine, most] : limits.engines)
      if (core_->leased_of(engine) > most) world_.fail(fmt::format("limits: {} attempts of {} at once, {} are allowed", core_->leased_of(engine), engine, most));
    const auto at_work = std::ranges::count_if(core_->workers(), [](const auto& entry) { return entry.second.leased() > 0; });
    if (limits.nodes > 0 && std::cmp_greater(at_work, limits.nodes)) world_.fail(fmt::format("limits: {} nodes hold jobs, {} are allowed", at_work, limits.nodes));
    for (const auto& [name, worker] : core_->workers())
      if (worker.beyond_limit && worker.route) world_.checker().saw(Sometimes::node_beyond_limit);
  }

  void end_turn() { step(TurnEnd{}); }

  void count(const Stats& before, const Stats& after) {
    if (after.stale_reports > before.stale_reports) world_.checker().saw(Sometimes::stale_report);
    if (after.adopted > before.adopted) world_.checker().saw(Sometimes::adopted);
    if (after.put_off > before.put_off) world_.checker().saw(Sometimes::put_off);
  }

  void perform(Effects effects) {
    if (effects.commit) {
      if (in_flight_) return world_.fail("two batches in flight");
      in_flight_ = std::make_shared<Batch>(std::move(*effects.commit));
      write(in_flight_);
    }
    for (auto& send : coalesce(std::move(effects.sends))) {
      const auto peer = handles_.find(send.to);
      // A connection belongs to one life of its process.
      if (peer != handles_.end() && peer->second.second == peer->second.first->life()) world_.send(*this, *peer->second.first, send.message);
    }
    for (const auto& lookup : effects.lookups) look_up(lookup);
    if (!effects.fetch.empty()) fetch(effects.fetch);
    if (effects.exit) resign();
  }

  // Repeats until it is known: the batch is idempotent.
  void write(std::shared_ptr<Batch> batch) {
    auto answer = std::make_shared<std::optional<Stored<Committed>>>();
    const Epoch epoch = core_->epoch();
    const auto executed = std::make_shared<bool>(false);
    world_.call_store(*this,
                      [this, answer, batch, epoch, executed] {
                        *answer = store_->apply(epoch, *batch);
                        *executed = true;
                        if (std::holds_alternative<Committed>(**answer)) world_.applied(epoch, *batch);
                        else world_.checker().saw(Sometimes::zombie_write_fenced);
                      },
                      [this, answer, batch, executed](bool ok) {
                        if (!core_) return;
                        if (!ok) {
                          world_.checker().saw(*executed ? Sometimes::unknown_commit_had_happened : Sometimes::unknown_commit_had_not);
                          step(StoreAway{"no answer"});
                          if (mutant(20)) {  // drops what it could not store
                            in_flight_.reset();
                            step(StoreBack{});
                            return step(Committed{});
                          }
                          return write(batch);
                        }
                        if (const auto* fenced = std::get_if<FencedOut>(&**answer)) return step(Fenced{fenced->holder});
                        in_flight_.reset();
                        step(StoreBack{});
                        step(std::get<Committed>(**answer));
                        end_turn();
                      });
  }

  void fetch(const std::vector<JobId>& ids) {
    auto bodies = std::make_shared<std::vector<std::pair<JobId, BodyPtr>>>();
    world_.call_store(*this, [this, bodies, ids] { *bodies = std::get<0>(store_->bodies(ids)); },
                      [this, bodies, ids](bool ok) {
                        if (!core_) return;
                        if (!ok) return fetch(ids);
                        step(Fetched{*bodies});
                        end_turn();
                      });
  }

  void look_up(const Lookup& lookup) {
    auto facts = std::make_shared<std::optional<JobFacts>>();
    world_.call_store(*this, [this, facts, lookup] { *facts = std::get<0>(store_->facts(lookup.job, With::output)); },
                      [this, facts, lookup](bool ok) {
                        const auto peer = handles_.find(lookup.to);
                        if (!ok || peer == handles_.end()) return;
                        if (*facts && !(*facts)->outcome) return;  // it will ask again
                        if (lookup.cancel)
                          return world_.send(*this, *peer->second.first,
                                             Cancelled{{{lookup.job, facts->has_value(), *facts ? (*facts)->outcome->state : JobState::cancelled}}});
                        Notice notice;
                        notice.job = lookup.job;
                        notice.unknown = !facts->has_value();
                        if (*facts) {
                          notice.state = (*facts)->outcome->state;
                          notice.reason = (*facts)->outcome->reason;
                        }
                        world_.send(*this, *peer->second.first, Notices{{notice}});
                      });
  }

  PeerId peer_of(Process& from, std::uint64_t life) {
    const auto [place, fresh] = peers_.emplace(std::pair{&from, life}, PeerId{peers_.size() + 1});
    if (fresh) handles_[place->second] = {&from, life};
    return place->second;
  }

  std::optional<Broker> core_;
  std::optional<SeatKeeper> seat_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<Batch> in_flight_;
  Instant clock_asked_{};
  Office office_{world_};
  std::map<std::pair<Process*, std::uint64_t>, PeerId> peers_;
  std::map<PeerId, std::pair<Process*, std::uint64_t>> handles_;
};

}  // namespace

std::unique_ptr<Process> make_broker(World& world, std::string name) {
  return std::make_unique<BrokerProcess>(world, std::move(name));
}

}  // namespace cadre::sim
