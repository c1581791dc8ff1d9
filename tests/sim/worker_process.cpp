// A worker process with engines that take a while, fail now and then, and die with it.
#include "tests/sim/sweeper.hpp"

namespace cadre::sim {

namespace {

class WorkerProcess final : public Process {
 public:
  WorkerProcess(World& world, std::string name, std::uint32_t slots)
      : Process(world, std::move(name)), slots_(slots), instance_(world.rng().next() | 1), sweeper_(world, *this) {}

  std::size_t orphans() const { return core_ ? sweeper_.orphans(owned()) : 0; }

  void receive(Process&, std::uint64_t, const Frames& frames) override {
    const auto message = decode(frames.header, frames.payload, 1 << 20);
    if (!message) return world_.fail("the worker cannot read what was written: " + message.error());
    if (const auto* noted = std::get_if<Noted>(&*message))
      if (noted->epoch == core_->membership().epoch())
        for (const auto& note : noted->notes)
          if (note.standing == NoteStanding::counted) world_.checker().told_counted(note.attempt, world_.tables());
    if (const auto* assign = std::get_if<Assign>(&*message)) {
      for (const auto& job : assign->jobs) {
        if (seen_before_.contains({assign->epoch, job.number})) world_.checker().saw(Sometimes::second_assign_met_memory);
        seen_before_.insert({assign->epoch, job.number});
      }
    }
    if (const auto* answer = std::get_if<Answer>(&*message)) return sweep([&] { sweeper_.hear(place(), *answer); });
    step(FromBroker{*message});
  }

 protected:
  void started() override {
    WorkerPolicy policy;
    policy.slots = slots_;
    policy.credit_max = slots_ + static_cast<std::uint32_t>(world_.rng().below(6));
    policy.work_ahead = 3s;
    seen_before_.clear();
    sweeper_.started();
    core_.emplace(policy, Membership::Who{{life() << 32 | (world_.rng().next() & 0xffffffff)}, instance_, name(), "sim"});
    step(Offers{{{{"echo", "1", EngineMode::builtin, slots_, slots_}, world_.cleans() ? Duration{25s} : Duration{8s}, Duration{}, 1s}}});
  }
  // The engines die with their worker.
  void died() override {
    for (const AttemptId attempt : running_) world_.checker().engine_ended(world_.time(), attempt, AttemptEnd{}, true);
    running_.clear();
    core_.reset();
  }
  void tick() override {
    step(WorkerTick{});
    if (world_.cleans()) sweep([this] { sweeper_.tick(place()); });
  }

 private:
  cleanup::SweepPlace place() const {
    const Membership& membership = core_->membership();
    return {now().boot, membership.welcomed(), membership.epoch(), membership.who().session, false, [this] { return owned(); }};
  }
  cleanup::Owned owned() const {
    cleanup::Owned owned;
    for (const AttemptId attempt : core_->held()) owned.attempt(attempt);
    for (const AttemptId attempt : core_->retained().list()) owned.attempt(attempt);
    return owned;
  }
  void sweep(const std::function<void()>& what) {
    what();
    for (auto& message : sweeper_.take_sends()) world_.send(*this, world_.broker_address(), message);
    if (const auto cleaning = sweeper_.take_announcement()) step(Cleaning{*cleaning});
  }

  void step(const WorkerInput& input) {
    WorkerEffects effects(world_.trace());
    core_->step(now(), input, effects);
    if (const auto broken = core_->broken_invariant()) world_.fail("worker invariant: " + *broken);
    for (auto& start : effects.starts) start_engine(start);
    for (auto& kill : effects.kills) kill_engine(kill);
    std::vector<Send> sends;
    for (auto& message : effects.sends) sends.push_back({PeerId{1}, std::move(message)});
    for (auto& send : coalesce(std::move(sends))) world_.send(*this, world_.broker_address(), send.message);
  }

  // What the job asks for stands in its payload: how many attempts it may have, and what each should do.
  void start_engine(const StartEngine& start) {
    const AttemptId attempt = start.job.attempt;
    const std::string& payload = start.job.body->payload;
    const auto attempts_max = static_cast<std::uint32_t>(payload[0]);
    world_.checker().engine_started(world_.time(), name(), attempt, attempts_max, world_.tables());
    const char wish = payload.size() > attempt.number ? payload[attempt.number] : 'o';
    Duration takes = world_.rng().chance(0.1) ? world_.rng().between(1s, 12s) : world_.rng().between(1ms, 800ms);
    if (wish == 'h') takes = 3600s;  // hangs, until its time limit
    running_.insert(attempt);
    sweeper_.engine_started(attempt);
    const auto this_life = life();
    world_.after(takes, [this, attempt, wish, payload, this_life] {
      if (!alive() || life() != this_life) return;
      run([this, attempt, wish, payload] {
        if (!running_.contains(attempt)) return;
        AttemptEnd end;
        end.attempt = attempt;
        end.kind = wish == 'o' ? EndKind::succeeded : EndKind::failed;
        end.cause = wish == 'o' ? Cause::none : wish == 's' ? Cause::signal : Cause::exit_code;
        end.code = wish == 'o' ? 0 : wish == 's' ? 11 : wish == 'b' ? 65 : 1;
        if (wish == 'o') end.output = std::make_shared<Output>(Output{{"stdout", payload + to_string(attempt)}});
        ended(std::move(end));
      });
    });
  }

  void kill_engine(const KillEngine& kill) {
    if (!running_.contains(kill.attempt)) return;
    const auto this_life = life();
    const Duration takes = kill.grace == Duration{} ? Duration{1000} : world_.rng().between(1ms, 900ms);
    world_.after(takes, [this, kill, this_life] {
      if (!alive() || life() != this_life) return;
      run([this, kill] {
        if (!running_.contains(kill.attempt)) return;
        AttemptEnd end;
        end.attempt = kill.attempt;
        end.kind = EndKind::failed;
        end.cause = kill.why;
        if (kill.why == Cause::abandoned) world_.checker().saw(Sometimes::cancelled_while_running);
        ended(std::move(end));
      });
    });
  }

  void ended(AttemptEnd end) {
    running_.erase(end.attempt);
    sweeper_.engine_ended(end.attempt);
    world_.checker().engine_ended(world_.time(), end.attempt, end, false);
    step(EngineEnded{std::move(end)});
  }

  const std::uint32_t slots_;
  const std::uint64_t instance_;
  std::optional<WorkerCore> core_;
  std::set<AttemptId> running_;
  std::set<std::pair<Epoch, std::uint64_t>> seen_before_;
  Sweeper sweeper_;
};

}  // namespace

std::size_t orphans_of(const Process& worker) { return static_cast<const WorkerProcess&>(worker).orphans(); }

std::unique_ptr<Process> make_worker(World& world, std::string name, std::uint32_t slots) {
  return std::make_unique<WorkerProcess>(world, std::move(name), slots);
}

}  // namespace cadre::sim
