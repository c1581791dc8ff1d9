#include "broker/shell/ferry.hpp"

#include <utility>

namespace cadre {

namespace {

std::uint64_t bytes_of(const JobRequest& job) { return job.body ? job.body->size() : 0; }

std::uint64_t bytes_of(const AttemptEnd& end) {
  std::uint64_t sum = 0;
  if (end.output)
    for (const auto& file : *end.output) sum += file.bytes.size();
  return sum;
}

}  // namespace

template <class Batch, class Item>
void Ferry::sort_out(const Received& from, Batch& batch, std::vector<Item> Batch::*items) {
  std::vector<Item> all = std::exchange(batch.*items, {});
  std::vector<Item> light;
  for (Item& item : all) {
    const std::uint64_t bytes = bytes_of(item);
    if (bytes < large_bytes) {
      light.push_back(std::move(item));
      continue;
    }
    Batch alone = batch;  // all of it but the list
    (alone.*items).push_back(std::move(item));
    waiting_.push_back({Received{from.from, from.who, std::move(alone)}, bytes});
    bytes_ += bytes;
  }
  batch.*items = std::move(light);
}

bool Ferry::take(Received& received) {
  if (auto* submit = std::get_if<Submit>(&received.message)) {
    sort_out(received, *submit, &Submit::jobs);
    return !submit->jobs.empty();
  }
  if (auto* report = std::get_if<Report>(&received.message)) {
    sort_out(received, *report, &Report::ends);
    return !report->ends.empty();
  }
  return true;
}

std::optional<Received> Ferry::next(const Outbox& outbox) {
  if (waiting_.empty() || (outbox.bytes() >= outbox_bytes_max && bytes_ <= waiting_bytes_max)) return std::nullopt;
  Received received = std::move(waiting_.front().received);
  bytes_ -= waiting_.front().bytes;
  waiting_.pop_front();
  return received;
}

}  // namespace cadre
