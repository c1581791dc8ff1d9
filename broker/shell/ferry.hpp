// Large bodies and results wait here and go to the core one behind the other, so that small jobs never stand behind many
// MiB in one transaction: while a large row is being written the small ones gather, and go next. Nothing has been
// promised about what waits here; its sender repeats it when it hears nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "broker/core/input.hpp"
#include "broker/core/outbox.hpp"

namespace cadre {

class Ferry {
 public:
  static constexpr std::uint64_t large_bytes = 64u << 10;  // a job or a result of so many is large

  // Takes the large jobs of a submit and the large ends of a report, each by itself; what is left may go on at once.
  // False: nothing is left.
  bool take(Received& received);
  // The next that may go: the outbox has little to write. Where too much waits here, all go; the core puts them off.
  std::optional<Received> next(const Outbox& outbox);

 private:
  static constexpr std::uint64_t outbox_bytes_max = 512u << 10;  // some ms of writing: `cadre bench --private --shape mixed`
  static constexpr std::uint64_t waiting_bytes_max = 64u << 20;
  struct Waiting {
    Received received;
    std::uint64_t bytes = 0;
  };
  template <class Batch, class Item>
  void sort_out(const Received& from, Batch& batch, std::vector<Item> Batch::*items);

  std::deque<Waiting> waiting_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cadre
