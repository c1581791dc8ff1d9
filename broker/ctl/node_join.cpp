// cadre node join: on a new machine, from a ticket to a node that the broker lets in. Twice is as good as once.
#include <fmt/format.h>

#include <iostream>
#include <iterator>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/settle_files.hpp"
#include "broker/ctl/values.hpp"
#include "common/net/join.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string ticket;  // a file, or - for standard input
  fs::path directory = "/etc/cadre", spool = "/var/lib/cadre/spool";
  std::string owner;
  Duration wait = 30s;
  bool later = false;
};

net::Ticket ticket_of(const std::string& where) {
  if (where == "-") {
    auto ticket = net::parse_ticket(std::string{std::istreambuf_iterator<char>(std::cin), {}});
    if (!ticket) throw Stop{Exit::bad_data, "standard input: " + ticket.error()};
    return *ticket;
  }
  std::error_code error;
  if (!fs::exists(where, error)) throw Stop{Exit::no_input, fmt::format("{}: there is no such file", where)};
  auto ticket = net::read_ticket(where);
  if (!ticket) throw Stop{Exit::bad_data, ticket.error()};
  return *ticket;
}

// The files of a node, one after the other.
class Node {
 public:
  Node(const Options& o, const net::Ticket& ticket, Steps& steps) : o_(o), ticket_(ticket), steps_(steps), files_(Owner(o.owner), steps) {}

  fs::path file() const { return o_.directory / "node.yaml"; }
  fs::path key() const { return o_.directory / "keys/worker.key"; }
  fs::path ticket() const { return o_.directory / "keys/join.ticket"; }

  void settle() {
    refuse_another();
    files_.directory(o_.directory, 0755);
    files_.directory(o_.directory / "keys", 0700);
    files_.directory(o_.directory / "engines", 0755);
    files_.directory(o_.spool, 0700);
    files_.text(o_.directory / "keys/server.pub", ticket_.server_key + "\n", "the broker's public key");
    files_.text(file(), yaml(), "the node's configuration");
  }

  net::KeyPair settle_key() { return files_.key(key()); }

  // For the worker, which redeems it when it starts.
  void leave_ticket() {
    const std::string wanted = net::to_text(ticket_);
    std::error_code error;
    if (fs::exists(ticket(), error)) {
      if (auto there = os::read_secret(ticket()); there && *there == wanted) return steps_.found("ticket " + ticket().string());
      fs::remove(ticket(), error);
    }
    if (auto written = os::write_secret(ticket(), wanted); !written) throw Stop{Exit::no_output, written.error()};
    files_.take(ticket());
    steps_.did("ticket " + ticket().string());
  }

 private:
  // A machine that belongs to another cluster already is not turned by a ticket.
  void refuse_another() const {
    const fs::path server = o_.directory / "keys/server.pub";
    std::error_code error;
    if (!fs::exists(server, error)) return;
    const auto known = net::read_public_key(server);
    if (known && *known == ticket_.server_key) return;
    throw Stop{Exit::bad_data, fmt::format("{} is another broker's key than the ticket's: this machine belongs to another cluster, or the master was set up "
                                           "anew. Nothing was changed; where it is to change, move {} away first", server.string(), o_.directory.string())};
  }

  std::string yaml() const {
    return fmt::format("# Made by `cadre node join`. Every key with its default: cadre-worker --print-default-config\n"
                       "role: extension\n"
                       "name: {}\n"
                       "broker:\n"
                       "  address: {}\n"
                       "  server_key_file: keys/server.pub\n"
                       "worker:\n"
                       "  spool: {}\n"
                       "  engines: engines\n"
                       "  key_file: keys/worker.key\n"
                       "  ticket_file: keys/join.ticket\n",
                       ticket_.name, ticket_.address, fs::absolute(o_.spool).lexically_normal().string());
  }

  const Options& o_;
  const net::Ticket& ticket_;
  Steps& steps_;
  Files files_;
};

void check(const Node& node) {
  std::vector<yaml::Fault> faults;
  (void)load_node(node.file(), faults);
  if (!faults.empty()) throw Stop{Exit::config, fault_report(faults, node.file())};
}

net::JoinEnd redeem(const Options& o, const net::Ticket& ticket, const net::KeyPair& own) {
  if (o.later) return {net::Joining::unreachable, "", "", "--later"};
  zmq::context_t context(1);
  return net::join(context, ticket, own, o.wait);
}

Exit run(Context& context, const Options& o) {
  const auto ticket = ticket_of(o.ticket);
  Steps steps;
  Node node(o, ticket, steps);
  node.settle();
  check(node);
  const auto own = node.settle_key();
  const std::string print_of_key = net::fingerprint(own.public_key);
  const auto end = redeem(o, ticket, own);
  const bool in = end.how == net::Joining::in;
  std::error_code error;
  if (in) fs::remove(node.ticket(), error);
  else if (end.how == net::Joining::unreachable) node.leave_ticket();
  if (in) steps.found(fmt::format("{} is admitted; the fingerprint of its key, as `cadre key list` shows it: {}", end.name, print_of_key));
  if (context.json())
    print_json({{"node", ticket.name}, {"joined", in}, {"cluster", end.cluster}, {"fingerprint", print_of_key}, {"config", node.file().string()},
                {"changed", steps.changed}, {"why", end.why}});
  if (end.how == net::Joining::refused) throw Stop{Exit::not_allowed, end.why};
  if (!in)
    say(fmt::format("not joined yet{}; the worker does it when it starts and the broker is there. The fingerprint of its key: {}",
                    o.later ? "" : ": " + end.why, print_of_key));
  say(fmt::format("start the worker:  cadre-worker --config {}", node.file().string()));
  return Exit::ok;
}

}  // namespace

Command commands::node_join() {
  return {"node join", "Make this machine a node of the cluster that a ticket is from", "sudo cadre node join ext-02.ticket --owner cadre", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("TICKET", o->ticket, "the ticket's file (0600), or - to read it from standard input").required();
            args.add_option("--dir", o->directory, "where configuration and keys are to be").show_default();
            args.add_option("--spool", o->spool, "where the worker keeps attempts and reports").show_default();
            args.add_option("--owner", o->owner, "the user whom the worker runs as; else who runs this");
            args.add_duration("--wait", o->wait, "for the broker (30s); then the worker goes on trying");
            args.add_flag("--later", o->later, "ask nobody now: the worker redeems the ticket when it starts");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
