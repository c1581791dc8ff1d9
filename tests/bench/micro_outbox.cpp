// The batcher: facts gather, fly together, and what rests on them is released.
#include <benchmark/benchmark.h>

#include "broker/core/outbox.hpp"
#include "broker/store/measure.hpp"

namespace cadre {
namespace {

// range(0): jobs that gather while one batch is in flight; each has a row and an answer.
void gather_and_land(benchmark::State& state) {
  const Policy policy;
  Outbox outbox(policy);
  const auto count = static_cast<std::size_t>(state.range(0));
  const Batch rows = accept_batch(JobId::make(Epoch{1}, 1), count, 256);
  std::size_t said = 0;
  for (auto _ : state) {
    Effects effects;
    for (const JobRow& row : rows.jobs) {
      outbox.gather(512).jobs.push_back(row);
      outbox.say(effects, {PeerId{1}, Submitted{{{row.id.value, row.request.key, Standing::accepted, row.id, "", Duration{}}}}});
    }
    for (outbox.flush(effects); outbox.in_flight(); outbox.flush(effects)) {
      effects.commit.reset();
      said += outbox.landed().sends.size();
    }
  }
  if (said != static_cast<std::size_t>(state.iterations()) * count) state.SkipWithError("answers were lost");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(gather_and_land)->Arg(1)->Arg(100)->Arg(1'000);

}  // namespace
}  // namespace cadre
