// cadre node ticket: on the master, what a new machine needs to join.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"
#include "common/config/endpoint.hpp"
#include "common/database/link.hpp"
#include "common/net/host_port.hpp"
#include "common/net/keys.hpp"
#include "common/net/ticket.hpp"
#include "common/os/clock.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::string node, address;
  Duration valid_for = 1h;
  std::filesystem::path file;
};

// Where another machine reaches the broker: only one of its own addresses can be meant, or it must be said.
std::string address_of(Context& context, const Options& o) {
  if (!o.address.empty()) {
    auto address = check_endpoint(o.address, EndpointUse::connect, "/");
    if (!address || !address->starts_with("tcp://")) throw Stop{Exit::usage, "--address: " + (address ? "wanted tcp://HOST:PORT, found " + *address : address.error())};
    return *address;
  }
  const auto& config = context.config();
  const std::string hint = "\n  give the one that the new machine reaches: --address tcp://HOST:PORT";
  std::vector<std::string> reachable;
  for (const auto& listen : config.broker.listen) {
    const auto place = net::host_port(listen);
    if (!place) continue;
    const auto& host = place->host;
    if (host == "*" || host == "0.0.0.0" || host == "::")
      throw Stop{Exit::config, fmt::format("broker.listen is {}: which of this machine's addresses is meant?{}", listen, hint)};
    if (!db::is_loopback(host)) reachable.push_back(listen);
  }
  if (reachable.size() == 1) return reachable.front();
  throw Stop{Exit::config, reachable.empty() ? fmt::format("{}: the broker listens on this machine alone (broker.listen); no other reaches it{}",
                                                           context.globals().config.string(), hint)
                                             : fmt::format("broker.listen has {} addresses that others reach{}", reachable.size(), hint)};
}

void warn_about_namesakes(Context& context, const std::string& node) {
  for (const auto& known : context.ask("key.list"))
    if (cell(known, "name") == node && !known.value("revoked", false) && !known.value("expired", false))
      say(fmt::format("note: {} has {} already: {}; where the new machine takes its place, end it afterwards: cadre key revoke -- '{}'", node,
                      cell(known, "role") == "join" ? "a ticket" : "an admitted key", cell(known, "fingerprint"), cell(known, "key")));
}

// The file before the admission: a key that is let in and lies nowhere would be one too many. Without a file, only the admission.
void write_first(const std::filesystem::path& file, const std::string& text, const std::function<void()>& admit) {
  if (file.empty()) return admit();
  if (auto written = os::write_secret(file, text); !written) throw Stop{Exit::no_output, written.error()};
  try {
    admit();
  } catch (const Stop&) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    throw;
  }
}

Exit run(Context& context, const Options& o) {
  if (!is_name(o.node)) throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", o.node)};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(o.valid_for).count();
  if (seconds < 1) throw Stop{Exit::usage, "--valid-for: at least a second is wanted"};
  auto server_key = net::read_public_key(context.door().server_key_file);
  if (!server_key) throw Stop{Exit::config, server_key.error()};
  const auto keys = net::make_key_pair();
  const net::Ticket ticket{o.node, address_of(context, o), *server_key, keys.secret_key, os::wall_now() + o.valid_for};
  warn_about_namesakes(context, o.node);
  const std::string text = net::to_text(ticket);
  write_first(o.file, text, [&] { context.ask("key.admit", {{"key", keys.public_key}, {"name", o.node}, {"role", "join"}, {"valid_seconds", seconds}}); });
  say(fmt::format("a ticket for {}, valid until {} and for one key; it is a secret\n  on the new machine:  sudo cadre node join TICKETFILE",
                  o.node, to_string(ticket.not_after)));
  if (context.json()) {
    Json json{{"node", o.node}, {"address", ticket.address}, {"not_after", to_string(ticket.not_after)}, {"key", keys.public_key}};
    o.file.empty() ? json["ticket"] = text : json["file"] = o.file.string();
    print_json(json);
  } else if (o.file.empty()) {
    print(text + "\n");
  }
  return Exit::ok;
}

}  // namespace

Command commands::node_ticket() {
  return {"node ticket", "A ticket with which a new machine joins, once", "cadre node ticket ext-02 --file ext-02.ticket", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("NODE", o->node, "what the cluster will call it").required();
            args.add_duration("--valid-for", o->valid_for, "until it is used, and no longer than this (1h)");
            args.add_option("--address", o->address, "where the new machine reaches the broker; else the one in broker.listen").type_name("tcp://HOST:PORT");
            args.add_option("--file", o->file, "write it there (0600) instead of printing it").type_name("FILE");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
