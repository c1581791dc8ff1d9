// How a node's own key is let in with a ticket. The answer may be lost on its way, and the ticket counts no more then; so
// the node's own key is tried as well: where it is let in, all is done.
#pragma once

#include <string>

#include <zmq.hpp>

#include "common/base/result.hpp"
#include "common/net/dealer.hpp"
#include "common/net/keys.hpp"
#include "common/net/ticket.hpp"

namespace cadre::net {

enum class Joining : std::uint8_t {
  in,           // the own key is admitted
  refused,      // the broker answers, and neither key is let in; or it says why not
  unreachable,  // no broker answered in time, or it does not know yet
  stopped,      // `wake` became readable
};

struct JoinEnd {
  Joining how = Joining::unreachable;
  std::string name;     // in: what the cluster calls this node
  std::string cluster;  // in
  std::string why;      // else: a sentence
};

// Blocks up to `patience` (about: a try takes some seconds). `wake`: a descriptor that ends it, or -1. Asking again is
// harmless.
JoinEnd join(zmq::context_t& context, const Ticket& ticket, const KeyPair& own, Duration patience, int wake = -1);

// What the broker says of the key with which it is asked.
struct Introduction {
  std::string name, role, cluster;
  std::string worker_address, worker_instance;  // of the worker that is connected with this key: from where, its spool's stamp; empty: none is
  WallTime broker_time{};  // when it answered; 0: not said
  std::string why;         // it did not answer: a sentence, with the step that fails
  bool refused = false;    // then: it is there, but the key is not admitted
};
Introduction introduce(zmq::context_t& context, const Dealer::Settings& door, Duration patience, int wake = -1);

}  // namespace cadre::net
