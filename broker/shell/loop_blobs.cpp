// The loop's part about large bodies: put down by a thread and a connection of their own, then handed to the core.
#include <algorithm>
#include <thread>

#include "broker/shell/loop.hpp"
#include "common/base/assert.hpp"
#include "common/os/clock.hpp"

namespace cadre {

namespace {
constexpr std::uint64_t load_bytes = 4u << 20;    // of one transaction, where nobody else is in a hurry
constexpr std::uint64_t piece_bytes = 1u << 20;   // of one statement, where nobody else is in a hurry
}  // namespace

// True: it waits for its payload, which is large, to be put down.
bool Loop::divert(const RetryJob& retry) { return core_->why_busy().empty() && ferry_.take(retry); }

// Takes what is large out of a message. True: nothing is left of it.
bool Loop::divert(Received& received) {
  const auto* submit = std::get_if<Submit>(&received.message);
  const auto* report = std::get_if<Report>(&received.message);
  if (submit != nullptr && !core_->why_busy().empty()) return false;  // the core has a word about that for each job
  const auto stale = [&](const AttemptEnd& end) {
    const Job* job = core_->find(end.attempt.job);
    return job == nullptr || job->state != JobState::leased || job->attempt != end.attempt.number;
  };
  if (report != nullptr && std::any_of(report->ends.begin(), report->ends.end(), stale)) return false;  // the core says so
  Submitted put_off;
  for (const JobRequest& job : ferry_.take(received))
    put_off.answers.push_back({job.ticket, job.key, Standing::retry_later, JobId{}, "many large payloads are waiting to be stored", settings_.policy.retry_after});
  if (!put_off.answers.empty()) outgoing_.push_back({received.from, std::move(put_off)});
  return (submit != nullptr && submit->jobs.empty()) || (report != nullptr && report->ends.empty());
}

// Where the volume is nearly full nothing large is put down (core/room.hpp): it waits here, and at its sender.
void Loop::ship() {
  if (core_->room() == Room::scarce) return;
  const std::uint64_t rate = pace_.rate(now_.boot);
  blob_rate_ = rate;
  auto cargo = ferry_.load(rate == 0 ? load_bytes : 1);
  if (cargo.empty()) return;
  for (auto& one : cargo) one.id = BlobId::make(core_->epoch(), ++blob_sequence_);
  put_down(std::make_shared<std::vector<Ferry::Cargo>>(std::move(cargo)));
}

// On the blob thread: how much may be written now.
std::uint64_t Loop::await_allowance() {
  const std::uint64_t rate = blob_rate_;
  if (rate == 0) return piece_bytes;
  std::this_thread::sleep_for(std::max<Duration>(blob_next_ - os::boot_now(), Duration{}));
  blob_next_ = std::max(blob_next_, os::boot_now()) + Duration{static_cast<std::int64_t>(Store::blob_chunk_bytes * 1'000'000 / rate)};
  return Store::blob_chunk_bytes;
}

// Again and again until the store has them: the ids are the same each time, and so is what is written.
void Loop::put_down(Shipment cargo) {
  const bool posted = blobs_.post([this, cargo](Store& store) -> StoreThread::Completion {
    std::vector<Blob> blobs;
    for (auto& one : *cargo) blobs.push_back(blob_of(one));
    const Instant began = os::boot_now();
    auto written = std::make_shared<Stored<std::set<BlobId>>>(store.put_blobs(blobs, [this] { return await_allowance(); }));
    const Duration took = os::boot_now() - began;  // pauses for others included
    if (std::holds_alternative<Away>(*written)) StoreThread::breathe();
    return [this, cargo, written, took] {
      counts_.took(Exchange::put_blobs, took);
      if (!core_) return;
      const auto* those = std::get_if<std::set<BlobId>>(&*written);
      if (those == nullptr) {
        tell_away(blobs_away_, "blobs_away", std::get<Away>(*written).reason);
        return put_down(cargo);
      }
      blobs_away_.clear();
      ferry_.unloaded();
      for (auto& one : *cargo) {
        if (those->contains(one.id)) name_blob(one);
        step(one.input);
      }
    };
  });
  CADRE_ASSERT(posted);  // there is one at a time
}

}  // namespace cadre
