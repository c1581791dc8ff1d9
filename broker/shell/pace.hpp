// How fast large bodies may be written while small jobs are being accepted beside them, so that these hardly notice. They
// share the disk and the server's log, and nobody knows what those can take: the pace follows what commits of small jobs
// are seen to take. Pure: time is handed in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/time.hpp"

namespace cadre {

class Pace {
 public:
  // A commit that accepted small jobs has taken so long; `rows`: facts in it; `beside`: a large body was under way.
  void small_commit(Instant now, Duration took, std::size_t rows, bool beside);

  // Bytes per second; 0: no bound, because few small jobs come.
  std::uint64_t rate(Instant now) const;

 private:
  double flow(Instant now) const;  // commits per second, of about the last second
  void learn(double seconds);
  void adjust(double seconds, double since_last);

  double rate_ = 12e6;
  double p99_ = 0;   // seconds: of commits that nothing was written beside, about
  double flow_ = 0;
  Instant seen_{};
};

}  // namespace cadre
