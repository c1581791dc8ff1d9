// cadre key rotate: on a node, a new key in place of the old one, while its worker works. The broker exchanges both in one
// step; should this end half-way, the next run goes on from there.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "common/net/join.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Files {
  fs::path key, next, next_public;  // the next one lies beside it until it is in
};

Files files_of(const fs::path& key) {
  const fs::path next = key.string() + ".next";
  return {key, next, net::public_file_of(next)};
}

net::KeyPair read(const fs::path& file) {
  auto keys = net::read_secret_key(file);
  if (!keys) throw Stop{Exit::config, keys.error()};
  return *keys;
}

// As whom the worker runs: the owner of the key that it has.
void give_to_owner_of(const fs::path& model, const fs::path& file) {
  struct stat facts {};
  if (::stat(model.c_str(), &facts) != 0 || facts.st_uid == ::geteuid()) return;
  if (::lchown(file.c_str(), facts.st_uid, facts.st_gid) != 0)
    throw Stop{Exit::not_allowed, fmt::format("{}: cannot be given to the worker's user: {}; run this as root (sudo)", file.string(), std::strerror(errno))};
}

// One that is left from a run that was interrupted is used: it may be admitted already.
net::KeyPair next_key(const Files& files) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(files.next, error))) return read(files.next);
  const auto keys = net::make_key_pair();
  if (auto written = net::write_key_pair(files.next, keys); !written) throw Stop{Exit::no_output, written.error()};
  give_to_owner_of(files.key, files.next);
  give_to_owner_of(files.key, files.next_public);
  return keys;
}

void put_in_place(const Files& files) {
  std::error_code error;
  fs::rename(files.next_public, net::public_file_of(files.key), error);
  if (!error) fs::rename(files.next, files.key, error);
  if (error)
    throw Stop{Exit::no_output, fmt::format("the new key is admitted, but cannot be put in place: {}; it lies at {}: the same command again goes on from there",
                                            error.message(), files.next.string())};
}

Exit run(Context& context) {
  const auto& config = context.config();
  const Files files = files_of(config.worker.key_file);
  auto server_key = net::read_public_key(config.broker.server_key_file);
  if (!server_key) throw Stop{Exit::config, server_key.error()};
  const auto old_key = read(files.key), next = next_key(files);
  zmq::context_t zmq(1);
  // The key that is exchanged is a ticket for the one that follows it.
  const net::Ticket ticket{config.name, config.broker.address, *server_key, old_key.secret_key, {}};
  const auto end = net::join(zmq, ticket, next, context.globals().patience);
  if (end.how != net::Joining::in)
    throw Stop{end.how == net::Joining::refused ? Exit::not_allowed : Exit::unreachable,
               fmt::format("nothing was exchanged: {}\n  the next key lies at {}; the same command again goes on from there", end.why, files.next.string())};
  put_in_place(files);
  const std::string fingerprint = net::fingerprint(next.public_key);
  say(fmt::format("{} has a new key, fingerprint {}; the old one is shut out. A worker that runs takes it up within seconds", end.name, fingerprint));
  if (context.json()) print_json({{"node", end.name}, {"fingerprint", fingerprint}, {"key", next.public_key}, {"file", files.key.string()}});
  return Exit::ok;
}

}  // namespace

Command commands::key_rotate() {
  return {"key rotate", "On a node: a new key in place of its old one, while its worker works", "sudo cadre key rotate", [](Arguments&) -> Run { return run; }};
}

}  // namespace cadre::ctl
