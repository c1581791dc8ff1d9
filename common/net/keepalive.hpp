// How soon the system notices that the other machine of a TCP connection is gone: 15 s of silence and 3 probes, 5 s
// apart; what was sent and not acknowledged ends the connection after 20 s. Both ends of every connection do this.
#pragma once

#include <zmq.hpp>

namespace cadre::net {

// Before bind or connect. ipc and inproc endpoints are not concerned. No HEARTBEAT_*: those drop healthy peers and can
// abort the process (libraries.md 1.26, 1.27).
void set_keepalive(zmq::socket_t& socket);

}  // namespace cadre::net
