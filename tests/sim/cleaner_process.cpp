// The purge of records on a machine of its own: records_service's order of things (look, take, read a page, delete what is
// planned under the turn, rest, renew, give back), with everything between two calls that can happen there.
#include "common/cleanup/lease_watch.hpp"
#include "tests/sim/world.hpp"

namespace cadre::sim {

namespace {

constexpr std::size_t page = 16;
constexpr std::uint64_t jobs_per_step = 6;
constexpr Duration look_every = 2s, retry_after = 10s;

class CleanerProcess final : public Process {
 public:
  CleanerProcess(World& world, std::string name, bool designated) : Process(world, std::move(name)), designated_(designated) {}
  void receive(Process&, std::uint64_t, const Frames&) override {}

 protected:
  void started() override {
    run_.reset();
    next_look_ = Instant{};
    busy_ = false;
  }
  void died() override { run_.reset(); }

  void tick() override {
    if (busy_) return;
    if (!run_) {
      if (now().boot >= next_look_) take();
      return;
    }
    if (now().boot - run_->renewed >= turn_ttl * 3 / 10) return renew();
    if (world_.rng().chance(0.6)) read();  // else it rests
  }

 private:
  struct Run {
    LeaseTable::Turn turn;
    WallTime began{};
    ServiceTime kept_to{};           // retention counts to here
    ServiceTime at{};                // when it began
    Instant renewed{};
    JobId after;
  };

  // One statement at a time; without an answer the connection is given up, and the turn with it.
  void call(std::function<void()> execute, std::function<void()> then) {
    busy_ = true;
    world_.call_store(*this, std::move(execute), [this, then](bool ok) {
      busy_ = false;
      if (ok) return then();
      run_.reset();
      next_look_ = now().boot + retry_after;
    });
  }

  void take() {
    next_look_ = now().boot + look_every;
    const auto taken = std::make_shared<std::optional<Run>>();
    const Now began = now();
    call(
        [this, taken, began] {
          CleanupTables& clean = world_.clean();
          if (!designated_ || clean.due(records_duty, began.wall, world_.tables().service) > began.wall) return;
          const auto unmoved = watch_.unmoved(began.boot, turn_ttl);
          const std::string holder = name() + " life " + std::to_string(life());
          const auto turn = clean.leases.take(records_duty, holder, turn_ttl, clean.policy.turns_max, world_.store_clock(), unmoved);
          world_.leases_changed();
          world_.trace()("{} {} {}", records_duty, turn ? "is granted to" : "is denied to", holder);
          if (!turn) {
            world_.cleanup_checker().saw(Cleaned::turn_denied);
            for (const auto& [resource, row] : clean.leases.rows()) watch_.denied(began.boot, resource, row.renewals);
            return;
          }
          const ServiceTime kept_to = mutant(67) ? ServiceTime{world_.store_clock() - WallTime{World::wall_start}} : world_.tables().service;
          *taken = Run{*turn, began.wall, kept_to, world_.tables().service, began.boot, JobId{}};
        },
        [this, taken] { run_ = *taken; });
  }

  void renew() {
    const auto ours = std::make_shared<bool>();
    const Instant asked = now().boot;
    call(
        [this, ours, turn = run_->turn] {
          *ours = world_.clean().leases.renew(turn, turn_ttl, world_.store_clock());
          world_.leases_changed();
        },
        [this, ours, asked] {
          if (*ours) run_->renewed = asked;
          else end(false);
        });
  }

  void read() {
    const auto jobs = std::make_shared<std::vector<cleanup::JobSeen>>();
    call([this, jobs, after = run_->after] { *jobs = world_.clean().read(world_.tables(), after, page); },
         [this, jobs] {
           const auto plan = cleanup::plan(*jobs, world_.clean().policy.retention, run_->kept_to, jobs_per_step, 1 << 20);
           const bool last = plan.over || (jobs->size() < page && (jobs->empty() || plan.next_after == jobs->back().id));
           if (plan.count() > 0) return purge(plan, last);
           if (plan.next_after) run_->after = plan.next_after;
           if (last) end(true);
         });
  }

  void purge(const cleanup::Plan& plan, bool last) {
    const auto went = std::make_shared<CleanupTables::Went>();
    call([this, went, plan, turn = run_->turn] { *went = delete_jobs(turn, plan); },
         [this, went, next = plan.next_after, last] {
           if (*went == CleanupTables::Went::turn_lost) return end(false);
           if (*went == CleanupTables::Went::again) return;
           run_->after = next;
           if (last) end(true);
         });
  }

  CleanupTables::Went delete_jobs(const LeaseTable::Turn& turn, const cleanup::Plan& plan) {
    MemoryTables& store = world_.tables();
    const auto jobs = store.job;
    const auto outcomes = store.outcome;
    std::vector<JobId> gone;
    const auto went = world_.clean().purge(store, turn, plan, gone);
    if (went == CleanupTables::Went::turn_lost) world_.cleanup_checker().saw(Cleaned::purge_fenced);
    if (went == CleanupTables::Went::again) world_.cleanup_checker().saw(Cleaned::purge_put_off);
    if (went != CleanupTables::Went::done) return went;
    world_.trace()("{} purges {} jobs", name(), gone.size());
    std::vector<JobRow> rows;
    for (const JobId id : gone) {
      rows.push_back(jobs.at(id));
      const auto outcome = outcomes.find(id);
      world_.checker().purged(rows.back(), outcome == outcomes.end() ? nullptr : &outcome->second);
    }
    world_.cleanup_checker().purged(world_.time(), name(), designated_, turn, rows, outcomes);
    return went;
  }

  void end(bool ok) {
    world_.trace()("{} ends its turn{}", name(), ok ? "" : " before its end");
    const Run run = *std::exchange(run_, std::nullopt);
    if (!ok) next_look_ = now().boot + retry_after;
    call(
        [this, run, ok] {
          world_.clean().end_turn(run.turn, {run.turn.epoch, run.began, run.at}, ok);
          world_.leases_changed();
        },
        [] {});
  }

  const bool designated_;
  std::optional<Run> run_;
  bool busy_ = false;
  Instant next_look_{};
  cleanup::LeaseWatch watch_;
};

}  // namespace

std::unique_ptr<Process> make_cleaner(World& world, std::string name, bool designated) {
  return std::make_unique<CleanerProcess>(world, std::move(name), designated);
}

}  // namespace cadre::sim
