// The way from this node to its broker, with the node's own key: name, port, server key, own key, clock.
#include <fmt/format.h>

#include <fstream>

#include "broker/ctl/doctor_clock.hpp"
#include "common/net/join.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

// Two machines with one key: one of them works, and the other one is well in every other respect.
void check_worker(Chain& chain, const NodeConfig& config, const net::Introduction& known) {
  if (known.worker_instance.empty())
    return chain.warn("worker", "no worker of this node is connected", "start it: systemctl start cadre-worker; where it runs, its log says why it is not let in");
  const auto stamp = config.worker.spool / "instance";
  if (not_ours_to_read(stamp)) return;
  std::string instance;
  std::ifstream(stamp) >> instance;
  if (instance == known.worker_instance) return chain.ok("worker", fmt::format("the worker with this spool is connected, from {}", known.worker_address));
  chain.fail("worker", fmt::format("another worker is connected with this node's key: from {}, with another spool than {}", known.worker_address, config.worker.spool.string()),
             "where this machine is a copy of that one: stop its worker, empty its spool and its keys, and join it with a ticket of its own (cadre node ticket)");
}

}  // namespace

void check_broker(const NodeConfig& config, Duration patience, std::vector<Checked>& all) {
  Chain chain("broker", all);
  const auto& file = config.worker.key_file;
  const auto server = net::read_public_key(config.broker.server_key_file);
  if (not_ours_to_read(file)) return chain.warn("connection", fmt::format("{} is not readable for you", file.string()), "run this as root (sudo) to have the connection looked at");
  const auto own = net::read_secret_key(file);
  if (!server || !own) return chain.skip("connection");
  zmq::context_t context(1);
  const WallTime asked = os::wall_now();
  const auto known = net::introduce(context, {config.broker.address, *server, "worker", *own}, patience);
  const WallTime answered = os::wall_now();
  if (!known.why.empty()) {
    chain.fail("connection", known.why,
               known.refused ? "have this node's key admitted on the master: cadre key admit, or a ticket for it: cadre node ticket"
                             : "start the broker; from this machine its address must resolve and its port be open");
    return chain.skip("clock");
  }
  chain.ok("connection", fmt::format("{} knows this node as {} ({})", config.broker.address, known.name, known.role));
  if (known.role != "worker") chain.fail("role", fmt::format("this node's key is admitted as {}, not as a worker", known.role), "give the worker a key of its own: cadre key new, cadre key admit");
  if (known.name != config.name)
    chain.warn("name", fmt::format("the cluster calls this node {}, its file says {}", known.name, config.name), "the cluster goes by the key; let `name` say the same");
  if (known.role == "worker") check_worker(chain, config, known);
  if (known.broker_time != WallTime{}) check_clock(chain, "the broker's", {asked, known.broker_time, answered});
}

}  // namespace cadre::ctl
