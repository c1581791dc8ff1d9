// A client: submits jobs of all kinds, repeats some, gives some keys a second payload, waits, and cancels a few.
#include "tests/sim/world.hpp"

namespace cadre::sim {

namespace {

class ClientProcess final : public Process {
 public:
  ClientProcess(World& world, std::string name, std::uint32_t jobs) : Process(world, std::move(name)) {
    for (std::uint32_t i = 0; i < jobs; ++i) plan_.push_back(invent(i));
  }

  void receive(Process&, std::uint64_t, const Frames& frames) override {
    const auto message = decode(frames.header, frames.payload, 1 << 20);
    if (!message) return world_.fail("the client cannot read what was written: " + message.error());
    step(ToClient{*message});
  }

  bool settled() const { return next_ == plan_.size() && core_ && core_->idle(); }

 protected:
  void started() override { core_.emplace(ClientPolicy{}, "sim"); }
  void died() override { core_.reset(); }
  void tick() override {
    step(ClientTick{});
    // Spread over the storm, and quickly once it is over.
    if (next_ < plan_.size() && (world_.rng().chance(0.12) || !world_.storming())) submit(plan_[next_++]);
  }

 private:
  JobRequest invent(std::uint32_t number) {
    Rng& rng = world_.rng();
    JobRequest job;
    job.key = name() + "-" + std::to_string(number);
    if (number > 0 && rng.chance(0.1)) {
      const JobRequest& earlier = plan_[rng.below(plan_.size())];
      job = earlier;  // a repeat
      if (rng.chance(0.3)) job.queue = "other";  // or another job under the same key
      return job;
    }
    job.engine = "echo";
    job.priority = static_cast<int>(rng.below(3)) - 1;
    job.attempts_max = static_cast<std::uint32_t>(1 + rng.below(4));
    job.backoff = rng.between(10ms, 2s);
    if (rng.chance(0.2)) job.not_before = WallTime{World::wall_start} + rng.between(0s, 200s);
    if (rng.chance(0.05)) job.not_after = WallTime{World::wall_start} + rng.between(20s, 250s);

    if (rng.chance(0.7)) job.watch = rng.chance(0.5) ? Watch::notice : Watch::result;
    std::string payload(1, static_cast<char>(job.attempts_max));
    for (int i = 0; i < 4; ++i) payload += rng.chance(0.75) ? 'o' : "fsbh"[rng.below(4)];
    payload.append(rng.chance(0.01) ? 600 : rng.below(200), 'x');  // 600: over the limit, refused
    job.body = std::make_shared<Body>(Body{"{}", payload});
    return job;
  }

  void submit(const JobRequest& job) {
    if (!core_) return;
    // One answer serves both where the same key is under way already; only the first payload is then sent.
    asked_.emplace(job.key, job);
    if (!waiting_.insert(job.key).second) return;
    asked_[job.key] = job;
    world_.checker().submitted(name(), job);
    step(SubmitJobs{{job}});
  }

  void step(const ClientInput& input) {
    if (!core_) return;
    ClientEffects effects(world_.trace());
    core_->step(now(), input, effects);
    const auto& store = world_.tables();
    for (auto& one : effects.submissions) {
      waiting_.erase(one.answer.key);
      world_.checker().told_submit(name(), asked_[one.answer.key], one.answer, one.definite, store);
      if (one.answer.job && world_.rng().chance(0.08)) cancel_soon(one.answer.job);
      if (one.answer.job && world_.cleans() && world_.rng().chance(0.1)) keep_soon(one.answer.job);
    }
    for (auto& notice : effects.notices) world_.checker().told_notice(name(), notice, store);
    for (auto& answer : effects.cancels) world_.checker().told_cancelled(answer, store, world_.time());
    std::vector<Send> sends;
    for (auto& message : effects.sends) sends.push_back({PeerId{1}, std::move(message)});
    for (auto& send : coalesce(std::move(sends))) world_.send(*this, world_.broker_address(), send.message);
  }

  void cancel_soon(JobId job) {
    world_.after(world_.rng().between(0s, 3s), [this, job] {
      run([this, job] {
        if (core_) step(CancelJobs{{job}});
      });
    });
  }

  void keep_soon(JobId job) {
    world_.after(world_.rng().between(0s, 30s), [this, job] {
      const auto kept = std::make_shared<bool>();
      world_.call_store(*this, [this, job, kept] { *kept = world_.clean().keep(world_.tables(), job); },
                        [this, job, kept](bool ok) {
                          if (ok && *kept) world_.cleanup_checker().told_kept(job);
                        });
    });
  }

  std::vector<JobRequest> plan_;
  std::size_t next_ = 0;
  std::optional<ClientCore> core_;
  std::map<std::string, JobRequest> asked_;
  std::set<std::string> waiting_;
};

}  // namespace

std::unique_ptr<Process> make_client(World& world, std::string name, std::uint32_t jobs) {
  return std::make_unique<ClientProcess>(world, std::move(name), jobs);
}

bool client_settled(const Process& client) { return static_cast<const ClientProcess&>(client).settled(); }

}  // namespace cadre::sim
