#include "broker/store/measure.hpp"

#include <fmt/format.h>

namespace cadre {

namespace {

constexpr Duration seat_ttl = 60s;  // far beyond what measuring takes: it is not renewed meanwhile

template <class T>
std::string trouble_in(const Stored<T>& answer) {
  if (const auto* away = std::get_if<Away>(&answer)) return away->reason;
  if (const auto* fenced = std::get_if<FencedOut>(&answer)) return "the seat is held by " + fenced->holder;
  return "";
}

JobId nth(JobId first, std::size_t number) { return JobId{first.value + number}; }

}  // namespace

Batch accept_batch(JobId first, std::size_t count, std::size_t payload_bytes) {
  Batch batch;
  const auto body = std::make_shared<const Body>(Body{"{}", std::string(payload_bytes, 'x')});
  for (std::size_t i = 0; i < count; ++i) {
    JobRow row;
    row.id = nth(first, i);
    row.client = "admin";
    row.request.key = fmt::format("01900000-0000-7000-8000-{:012}-{:010}", row.id.epoch().value, row.id.sequence());  // grows
    row.request.engine = "echo";
    row.request.body = body;
    row.request.digest = digest_of(row.request);
    row.first = {"w1", SessionId{1}};
    batch.jobs.push_back(std::move(row));
  }
  return batch;
}

Batch outcome_batch(JobId first, std::size_t count, std::size_t payload_bytes) {
  Batch batch;
  const auto output = std::make_shared<const Output>(Output{{"stdout", std::string(payload_bytes, 'x')}});
  for (std::size_t i = 0; i < count; ++i) {
    OutcomeRow row;
    row.job = nth(first, i);
    row.node = "w1";
    row.end.attempt = {row.job, 1};
    row.end.output = output;
    batch.outcomes.push_back(std::move(row));
  }
  return batch;
}

Result<StoreTimes> measure_store(Store& store, std::size_t rounds, std::size_t payload_bytes, const std::function<Instant()>& clock) {
  ListFilter any;
  any.limit = 1;
  auto there = store.list(any);
  if (auto why = trouble_in(there); !why.empty()) return Error{why};
  if (!std::get<ListPage>(there).jobs.empty()) return Error{"the store has jobs: it is measured on one that was made for it only (cadre bench --private)"};
  auto granted = store.take_seat("measuring", seat_ttl, std::nullopt);
  if (auto why = trouble_in(granted); !why.empty()) return Error{why};
  const Epoch epoch = std::get<Granted>(granted).epoch;
  StoreTimes times;
  const auto write = [&](const Batch& batch, std::vector<std::uint32_t>& took) {
    const Instant before = clock();
    auto answer = store.apply(epoch, batch);
    took.push_back(static_cast<std::uint32_t>((clock() - before).count()));
    return trouble_in(answer);
  };
  for (std::size_t i = 1; i <= rounds; ++i) {
    const JobId job = JobId::make(epoch, i);
    if (auto why = write(accept_batch(job, 1, payload_bytes), times.accept); !why.empty()) return Error{why};
    if (auto why = write(outcome_batch(job, 1, payload_bytes), times.outcome); !why.empty()) return Error{why};
  }
  if (auto why = trouble_in(store.give_up_seat(epoch)); !why.empty()) return Error{why};
  return times;
}

}  // namespace cadre
