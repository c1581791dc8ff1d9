// Messages to frames and back: the messages of the hot path, with as many jobs as one usually carries.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/protocol/codec.hpp"

namespace cadre {
namespace {

constexpr std::size_t payload_bytes = 256;

JobId job_number(std::size_t i) { return JobId::make(Epoch{7}, 1'000'000 + i); }

Message submit_of(std::size_t count) {
  Submit submit;
  const auto body = std::make_shared<const Body>(Body{"{}", std::string(payload_bytes, 'x')});
  for (std::size_t i = 0; i < count; ++i) {
    JobRequest job;
    job.key = fmt::format("01900000-0000-7000-8000-000000000000-{:010}", i);
    job.ticket = i + 1;
    job.engine = "echo";
    job.watch = Watch::notice;
    job.body = body;
    submit.jobs.push_back(std::move(job));
  }
  return submit;
}

Message assign_of(std::size_t count) {
  Assign assign{Epoch{7}, SessionId{1u << 20}, {}};
  const auto body = std::make_shared<const Body>(Body{"{}", std::string(payload_bytes, 'x')});
  for (std::size_t i = 0; i < count; ++i) {
    Assignment one;
    one.attempt = {job_number(i), 1};
    one.number = i + 1;
    one.engine = "echo";
    one.body = body;
    assign.jobs.push_back(std::move(one));
  }
  return assign;
}

Message report_of(std::size_t count) {
  Report report{SessionId{1u << 20}, Epoch{7}, {}};
  const auto output = std::make_shared<const Output>(Output{{"stdout", std::string(payload_bytes, 'x')}});
  for (std::size_t i = 0; i < count; ++i) {
    AttemptEnd end;
    end.attempt = {job_number(i), 1};
    end.output = output;
    report.ends.push_back(std::move(end));
  }
  return report;
}

Message beat_of(std::size_t held) {
  Beat beat;
  beat.session = SessionId{1u << 20};
  beat.epoch = Epoch{7};
  beat.slots = 2;
  beat.credit = 512;
  beat.engines = {{"echo", "1", EngineMode::builtin, 2, 512}, {"sleep", "1", EngineMode::builtin, 2, 512}};
  for (std::size_t i = 0; i < held; ++i) beat.held.push_back({job_number(i), 1});
  return beat;
}

using Make = Message (*)(std::size_t);

void encoding(benchmark::State& state, Make make) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Message message = make(count);
  std::size_t bytes = 0;
  for (auto _ : state) {
    const Frames frames = encode(message);
    bytes += frames.header.size() + frames.payload.size();
    benchmark::DoNotOptimize(frames.header.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void decoding(benchmark::State& state, Make make) {
  const Frames frames = encode(make(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) {
    auto message = decode(frames.header, frames.payload, limits::payload_bytes_default);
    if (!message) return state.SkipWithError(message.error().c_str());
    benchmark::DoNotOptimize(&*message);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frames.header.size() + frames.payload.size()));
}

BENCHMARK_CAPTURE(encoding, submit, submit_of)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(decoding, submit, submit_of)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(encoding, assign, assign_of)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(decoding, assign, assign_of)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(encoding, report, report_of)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(decoding, report, report_of)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(encoding, beat, beat_of)->Arg(0)->Arg(512);
BENCHMARK_CAPTURE(decoding, beat, beat_of)->Arg(0)->Arg(512);

}  // namespace
}  // namespace cadre
