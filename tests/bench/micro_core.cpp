// The broker's core alone: what one job costs it from submit to noted, with a store that commits at once; with few and
// with many other jobs waiting.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <deque>

#include "broker/core/broker.hpp"

namespace cadre {
namespace {

constexpr PeerId client{1}, worker{2};
constexpr SessionId session{1};
const Identity who_submits{"shop", Role::client}, who_works{"w1", Role::worker};

// Plays everybody around the core: store, client and worker.
class Stage {
 public:
  Stage() : broker_(policy_, "bench", Epoch{1}) {
    step(LoadDone{});
    Hello hello;
    hello.instance = 1;
    hello.session = session;
    hello.number = 1;
    hello.slots = 2;
    hello.engines = offers();
    step(Received{worker, who_works, hello});
    beat();
  }

  void submit(std::size_t count, const std::string& engine) {
    Submit submit;
    for (std::size_t i = 0; i < count; ++i) {
      JobRequest job;
      job.key = fmt::format("{:020}", ++keys_);
      job.ticket = keys_;
      job.engine = engine;
      job.watch = Watch::notice;
      job.body = body_;
      submit.jobs.push_back(std::move(job));
    }
    step(Received{client, who_submits, std::move(submit)});
    turn_end();
  }

  // Everything that was assigned ends well.
  std::size_t report() {
    Report report{session, Epoch{1}, {}};
    for (const AttemptId attempt : assigned_) {
      AttemptEnd end;
      end.attempt = attempt;
      end.output = output_;
      report.ends.push_back(std::move(end));
    }
    const std::size_t count = assigned_.size();
    assigned_.clear();
    step(Received{worker, who_works, std::move(report)});
    turn_end();
    return count;
  }

  void beat() {
    Beat beat;
    beat.session = session;
    beat.epoch = Epoch{1};
    beat.number = ++beats_;
    beat.assigns_seen = assigns_seen_;
    beat.slots = 2;
    beat.credit = 2'000;
    beat.engines = offers();
    step(Received{worker, who_works, beat});
  }

  const Broker& broker() const { return broker_; }

 private:
  static std::vector<EngineOffer> offers() { return {{"echo", "1", EngineMode::builtin, 2, 2'000}}; }

  void turn_end() {
    now_.boot += 1ms;
    step(TurnEnd{});
  }

  void step(const Input& input) {
    Effects effects;
    broker_.step(now_, input, effects);
    for (const auto& send : effects.sends) {
      const auto* assign = std::get_if<Assign>(&send.message);
      if (assign == nullptr) continue;
      for (const auto& one : assign->jobs) {
        assigned_.push_back(one.attempt);
        assigns_seen_ = std::max(assigns_seen_, one.number);
      }
    }
    if (!effects.commit) return;
    step(Committed{});
    step(TurnEnd{});
  }

  const Policy policy_;
  Broker broker_;
  Now now_{Instant{1h}, WallTime{1h}, ServiceTime{1h}};
  const BodyPtr body_ = std::make_shared<const Body>(Body{"{}", std::string(256, 'x')});
  const OutputPtr output_ = std::make_shared<const Output>(Output{{"stdout", std::string(256, 'x')}});
  std::uint64_t keys_ = 0, beats_ = 1, assigns_seen_ = 0;
  std::vector<AttemptId> assigned_;
};

// range(0): jobs of one submit; range(1): jobs that wait for an engine that nobody has.
void whole_lives(benchmark::State& state) {
  Stage stage;
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (std::int64_t waiting = 0; waiting < state.range(1); waiting += 1'000) stage.submit(1'000, "nobody-has-it");
  for (auto _ : state) {
    stage.submit(batch, "echo");
    const std::size_t ended = stage.report();
    stage.beat();
    if (ended != batch) return state.SkipWithError(fmt::format("{} of {} jobs were assigned", ended, batch).c_str());
  }
  if (stage.broker().stats().done != static_cast<std::uint64_t>(state.iterations()) * batch) state.SkipWithError("not all jobs are done");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(whole_lives)->Args({1, 0})->Args({64, 0})->Args({512, 0})->Args({64, 100'000});

}  // namespace
}  // namespace cadre
