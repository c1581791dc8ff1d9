// What leaves the broker: messages to peers, with a bounded queue for each peer that is slow. One slow peer never blocks
// the loop and never makes the others wait.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "broker/shell/loop_counts.hpp"
#include "common/net/router.hpp"
#include "common/protocol/coalesce.hpp"

namespace cadre {

class Mail {
 public:
  Mail(net::Router& router, std::function<void(PeerId)> gone) : router_(router), gone_(std::move(gone)) {}

  void send(std::vector<Send> sends);
  void retry();               // those that were full
  bool waiting() const { return !queues_.empty(); }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t dropped_peers() const { return dropped_peers_; }
  const MessageCounts& said() const { return said_; }  // handed to connections, slow ones included

 private:
  static constexpr std::size_t queue_bytes_max = 64u << 20;  // of one peer: then its connection counts as gone
  struct Queue {
    std::deque<Frames> frames;
    std::size_t bytes = 0;
  };
  void deliver(PeerId to, Frames frames);

  net::Router& router_;
  std::function<void(PeerId)> gone_;
  std::map<PeerId, Queue> queues_;
  MessageCounts said_{};
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_peers_ = 0;
};

}  // namespace cadre
