// The way from this node to its broker, with the node's own key: name, port, server key, own key, clock.
#include <fmt/format.h>

#include <cmath>

#include "broker/ctl/doctor.hpp"
#include "common/net/join.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr double clock_off_max = 2.0;  // seconds; not_before and not_after are by the broker's clock

void check_clock(Chain& chain, const net::Introduction& known) {
  if (known.broker_time == WallTime{}) return;
  const double off = std::abs(static_cast<double>((os::wall_now() - known.broker_time).count())) / 1e6;
  const std::string text = fmt::format("{:.1f} s between this machine's and the broker's", off);
  if (off > clock_off_max) chain.warn("clock", text, "let both follow the same time server (chrony, systemd-timesyncd); Cadre works, but times in reports differ");
  else chain.ok("clock", text);
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
  const auto known = net::introduce(context, {config.broker.address, *server, "worker", *own}, patience);
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
  check_clock(chain, known);
}

}  // namespace cadre::ctl
