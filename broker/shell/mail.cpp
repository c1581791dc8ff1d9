#include "broker/shell/mail.hpp"

namespace cadre {

void Mail::send(std::vector<Send> sends) {
  for (auto& send : coalesce(std::move(sends))) {
    ++said_[send.message.index()];
    deliver(send.to, encode(send.message));
  }
}

void Mail::deliver(PeerId to, Frames frames) {
  const auto queue = queues_.find(to);
  if (queue == queues_.end()) {
    switch (router_.send(to, frames)) {
      case net::Router::Sent::yes: ++sent_; return;
      case net::Router::Sent::gone: gone_(to); return;
      case net::Router::Sent::full: break;
    }
  }
  Queue& waiting = queues_[to];
  waiting.bytes += frames.header.size() + frames.payload.size();
  waiting.frames.push_back(std::move(frames));
  if (waiting.bytes <= queue_bytes_max) return;
  ++dropped_peers_;
  queues_.erase(to);
  gone_(to);
}

void Mail::retry() {
  for (auto place = queues_.begin(); place != queues_.end();) {
    Queue& waiting = place->second;
    bool gone = false;
    while (!waiting.frames.empty()) {
      const auto sent = router_.send(place->first, waiting.frames.front());
      if (sent == net::Router::Sent::full) break;
      gone = sent == net::Router::Sent::gone;
      if (gone) break;
      ++sent_;
      waiting.bytes -= waiting.frames.front().header.size() + waiting.frames.front().payload.size();
      waiting.frames.pop_front();
    }
    const PeerId peer = place->first;
    place = gone || waiting.frames.empty() ? queues_.erase(place) : std::next(place);
    if (gone) gone_(peer);
  }
}

}  // namespace cadre
