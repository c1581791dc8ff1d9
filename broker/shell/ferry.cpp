#include "broker/shell/ferry.hpp"

#include <algorithm>
#include <utility>

#include "broker/core/job.hpp"

namespace cadre {

namespace {

std::uint64_t large_part(const JobRequest& job) { return job.body ? job.body->payload.size() : 0; }
std::uint64_t large_part(const AttemptEnd& end) { return bytes_of(end.output); }

// Takes the large ones out: `take` gets each with its bytes.
template <class Item, class Take>
void sort_out(std::vector<Item>& items, Take take) {
  for (Item& item : std::exchange(items, {})) {
    const std::uint64_t bytes = large_part(item);
    if (bytes < Ferry::large_bytes) items.push_back(std::move(item));
    else take(std::move(item), bytes);
  }
}

JobRequest* job_in(Ferry::Cargo& cargo) {
  if (auto* retry = std::get_if<RetryJob>(&cargo.input)) return &retry->old_job.request;
  auto* submit = std::get_if<Submit>(&std::get<Received>(cargo.input).message);
  return submit != nullptr ? &submit->jobs.front() : nullptr;
}

AttemptEnd& end_in(Ferry::Cargo& cargo) { return std::get<Report>(std::get<Received>(cargo.input).message).ends.front(); }

}  // namespace

// The same words of the same peer once more: it repeats what it has heard nothing about.
bool Ferry::waits(const Received& one) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Cargo& cargo) {
    const auto* other = std::get_if<Received>(&cargo.input);
    if (other == nullptr || other->from != one.from || other->message.index() != one.message.index()) return false;
    if (const auto* submit = std::get_if<Submit>(&one.message)) {
      const auto& waiting = std::get<Submit>(other->message).jobs.front();
      return waiting.key == submit->jobs.front().key && waiting.ticket == submit->jobs.front().ticket;
    }
    return std::get<Report>(other->message).ends.front().attempt == std::get<Report>(one.message).ends.front().attempt;
  });
}

void Ferry::push(Input input, std::uint64_t bytes) {
  if (const auto* received = std::get_if<Received>(&input); received != nullptr && waits(*received)) return;
  bytes_ += bytes;
  waiting_.push_back({std::move(input), bytes, BlobId{}});
}

std::vector<JobRequest> Ferry::take(Received& received) {
  std::vector<JobRequest> put_off;
  if (auto* submit = std::get_if<Submit>(&received.message)) {
    sort_out(submit->jobs, [&](JobRequest job, std::uint64_t bytes) {
      if (bytes_ >= jobs_bytes_max) put_off.push_back(std::move(job));
      else push(Received{received.from, received.who, Submit{{std::move(job)}}}, bytes);
    });
  } else if (auto* report = std::get_if<Report>(&received.message)) {
    sort_out(report->ends, [&](AttemptEnd end, std::uint64_t bytes) {
      if (bytes_ < ends_bytes_max) push(Received{received.from, received.who, Report{report->session, report->epoch, {std::move(end)}}}, bytes);
    });
  }
  return put_off;
}

bool Ferry::take(const RetryJob& retry) {
  const std::uint64_t bytes = large_part(retry.old_job.request);
  if (bytes < large_bytes) return false;
  push(retry, bytes);
  return true;
}

std::vector<Ferry::Cargo> Ferry::load(std::uint64_t bytes_max) {
  std::vector<Cargo> loaded;
  if (under_way_ > 0) return loaded;
  for (std::uint64_t sum = 0; !waiting_.empty() && (sum == 0 || sum + waiting_.front().bytes <= bytes_max);) {
    sum += waiting_.front().bytes;
    bytes_ -= waiting_.front().bytes;
    loaded.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  under_way_ = loaded.size();
  return loaded;
}

Blob blob_of(Ferry::Cargo& cargo) {
  Blob blob;
  blob.id = cargo.id;
  if (JobRequest* job = job_in(cargo)) {
    job->digest = digest_of(*job);
    const auto* retry = std::get_if<RetryJob>(&cargo.input);
    blob.client = retry != nullptr ? retry->old_job.client : std::get<Received>(cargo.input).who.name;
    blob.key = retry != nullptr ? retry_key(retry->old_job.id) : job->key;
    blob.parts.push_back(job->body->payload);
    return blob;
  }
  const AttemptEnd& end = end_in(cargo);
  blob.attempt = end.attempt;
  for (const auto& file : *end.output) blob.parts.push_back(file.bytes);
  return blob;
}

void name_blob(Ferry::Cargo& cargo) {
  if (JobRequest* job = job_in(cargo)) job->blob = cargo.id;
  else end_in(cargo).blob = cargo.id;
}

}  // namespace cadre
