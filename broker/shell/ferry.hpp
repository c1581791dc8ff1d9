// Large payloads and results wait here until they have been put down in the store, beside the writer; only then does what
// they came with enter the core, whose rows merely name them. So no small job stands behind many MiB in one transaction.
// Nothing has been promised about what waits here; its sender repeats it when it hears nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "broker/core/input.hpp"
#include "broker/store/store.hpp"

namespace cadre {

class Ferry {
 public:
  static constexpr std::uint64_t large_bytes = 64u << 10;   // a payload or a result of so many is large
  static constexpr std::uint64_t jobs_bytes_max = 64u << 20;
  static constexpr std::uint64_t ends_bytes_max = 2 * jobs_bytes_max;  // whatever is submitted, results find room

  // One job or one end: Received with a Submit or a Report of one item, or RetryJob.
  struct Cargo {
    Input input;
    std::uint64_t bytes = 0;
    BlobId id{};  // under which it is put down
  };

  // Takes the large jobs of a submit, or the large ends of a report, out of it. Where it is full the jobs come back, to be
  // told to come again; ends are dropped, because a worker keeps and repeats what is not noted.
  std::vector<JobRequest> take(Received& received);
  // A job that is run again: false where it is not large.
  bool take(const RetryJob& retry);

  // What goes next: of those that wait longest, as many as fit into `bytes_max`, at least one. None while others are
  // under way, or where none waits.
  std::vector<Cargo> load(std::uint64_t bytes_max);
  void unloaded() { under_way_ = 0; }
  bool under_way() const { return under_way_ > 0; }

 private:
  bool waits(const Received& one) const;
  void push(Input input, std::uint64_t bytes);  // unless it waits already

  std::deque<Cargo> waiting_;
  std::uint64_t bytes_ = 0;      // of those that wait
  std::size_t under_way_ = 0;
};

// The blob of a cargo; its parts are views into the cargo's own body. Fills the digest of a submit, too:
// over many MiB that is no work for the loop.
Blob blob_of(Ferry::Cargo& cargo);
// The cargo names its blob from now on.
void name_blob(Ferry::Cargo& cargo);

}  // namespace cadre
