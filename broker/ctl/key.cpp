// cadre key new, admit, list, revoke: who may connect.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "common/net/keys.hpp"

namespace cadre::ctl {

namespace {

Exit run_new(Context& context, const std::filesystem::path& file) {
  const auto keys = net::make_key_pair();
  auto public_file = net::write_key_pair(file, keys);
  if (!public_file)
    throw Stop{Exit::no_output,
               public_file.error() +
                   "\n  a new file in a directory that exists was wanted: existing keys are never overwritten"};
  say(
      fmt::format("{} is the secret key (0600): it stays on this machine\n{} is the public key: have it admitted, "
                  "cadre key admit NAME --role ROLE --file {}",
                  file.string(), public_file->string(), public_file->string()));
  if (context.json())
    print_json({{"key", keys.public_key}, {"file", file.string()}, {"public_file", public_file->string()}});
  else
    print(keys.public_key + "\n");
  return Exit::ok;
}

struct Admit {
  std::string name, role, key;
  std::filesystem::path file;
};

// Wanted while a key is exchanged for a new one. But two machines with one name are a worker that comes and one that is
// refused, like a key that was copied; and clients of one name see and cancel each other's jobs.
std::string words_about_namesakes(const Admit& o, const std::vector<std::string>& others) {
  const bool one = others.size() == 1;
  std::string words = fmt::format("note: {} is also the name of {}:", o.name,
                                  one ? "another admitted key" : fmt::format("{} other admitted keys", others.size()));
  for (const auto& other : others) words += " " + other;
  words += o.role == "worker" ? "; only one machine at a time can work under a name. " : "; its holders see and cancel each other's jobs. ";
  words += fmt::format("If the key was exchanged, end the old one when the new one is in use: cadre key revoke -- '{}'; "
                       "otherwise revoke this one and admit it under a name of its own", one ? others.front() : "KEY");
  return words;
}

std::vector<std::string> namesakes(Context& context, const std::string& name, const std::string& key) {
  std::vector<std::string> others;
  for (const auto& known : context.ask("key.list"))
    if (!known.value("revoked", false) && cell(known, "name") == name && cell(known, "key") != key)
      others.push_back(cell(known, "key"));
  return others;
}

Exit run_admit(Context& context, const Admit& o) {
  if (o.key.empty() == o.file.empty())
    throw Stop{Exit::usage, "which key: --file FILE.pub, or --key with its 40 characters"};
  if (!is_name(o.name))
    throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", o.name)};
  std::string key = o.key;
  if (!o.file.empty()) {
    auto read = net::read_public_key(o.file);
    std::error_code error;
    if (!read) throw Stop{std::filesystem::exists(o.file, error) ? Exit::bad_data : Exit::no_input, read.error()};
    key = *read;
  }
  if (!net::is_key(key))
    throw Stop{
        Exit::bad_data,
        fmt::format("'{}' is not a public key: 40 characters of Z85 were wanted, as `cadre key new` prints them", key)};
  const auto others = namesakes(context, o.name, key);  // before: an error here means that nothing was changed
  context.ask("key.admit", {{"key", key}, {"name", o.name}, {"role", o.role}});
  if (context.json())
    print_json({{"key", key}, {"name", o.name}, {"role", o.role}, {"also", others}});
  else
    say(fmt::format("{} is admitted as {}", o.name, o.role));
  if (!others.empty()) say(words_about_namesakes(o, others));
  return Exit::ok;
}

std::string state_of(const Json& key) {
  if (key.value("revoked", false)) return cell(key, "role") == "join" ? "used or revoked" : "revoked";
  if (key.value("expired", false)) return "expired";
  return cell(key, "not_after").empty() ? "admitted" : "until " + cell(key, "not_after");
}

Exit run_list(Context& context) {
  const Json keys = context.ask("key.list");
  if (context.json()) {
    print_json(keys);
    return Exit::ok;
  }
  Table table({{"NAME"}, {"ROLE"}, {"STATE"}, {"SINCE"}, {"BY"}, {"HEARD"}, {"FINGERPRINT"}, {"KEY"}});
  for (const auto& key : keys)
    table.row({cell(key, "name"), cell(key, "role"), state_of(key), cell(key, "since"), cell(key, "by"), cell(key, "last_heard"),
               cell(key, "fingerprint"), cell(key, "key")});
  if (table.empty())
    say("no keys are admitted");
  else
    table.print();
  return Exit::ok;
}

Exit run_revoke(Context& context, const std::string& which, bool yes) {
  const bool by_key = net::is_key(which);
  Json matching = Json::array();
  for (const auto& key : context.ask("key.list"))
    if (!key.value("revoked", false) && cell(key, by_key ? "key" : "name") == which) matching.push_back(key);
  if (matching.empty())
    throw Stop{Exit::not_so, fmt::format("no admitted key is '{}'; `cadre key list` shows them", which)};
  std::string question;
  for (const auto& key : matching)
    question += fmt::format("  {} ({}) {}\n", cell(key, "name"), cell(key, "role"), cell(key, "key"));
  question += fmt::format("Revoke {}? Its connections count for nothing from then on",
                          matching.size() == 1 ? "this key" : fmt::format("these {} keys", matching.size()));
  if (!confirm(question, yes)) {
    say("nothing was revoked");
    return Exit::not_so;
  }
  context.ask("key.revoke", {{by_key ? "key" : "name", which}});
  if (context.json())
    print_json(matching);
  else
    say(fmt::format("{} key{} revoked", matching.size(), matching.size() == 1 ? "" : "s"));
  return Exit::ok;
}

}  // namespace

Command commands::key_new() {
  return {"key new", "Make a key pair; prints the public key", "cadre key new /etc/cadre/keys/worker.key",
          [](Arguments& args) -> Run {
            auto file = std::make_shared<std::filesystem::path>();
            args.add_option("FILE", *file, "the secret key's file; FILE.pub (for x.key: x.pub) gets the public one")
                .required();
            return [file](Context& context) { return run_new(context, *file); };
          }};
}

Command commands::key_admit() {
  return {
      "key admit", "Let a key in, under a name and with a role",
      "cadre key admit ext-02 --role worker --file ext-02.pub", [](Arguments& args) -> Run {
        auto o = std::make_shared<Admit>();
        args.add_option("NAME", o->name, "what the cluster calls its holder: for a worker, the node's name").required();
        args.add_option("--role", o->role, "client, worker or admin")
            .required()
            .one_of({"client", "worker", "admin"});
        args.add_option("--key", o->key, "the public key itself").type_name("Z85");
        args.add_option("--file", o->file, "its file").type_name("FILE.pub");
        return [o](Context& context) { return run_admit(context, *o); };
      }};
}

Command commands::key_list() {
  return {"key list", "Keys, admitted and revoked", "cadre key list", [](Arguments&) -> Run { return run_list; }};
}

Command commands::key_revoke() {
  return {"key revoke", "Never let a key in again", "cadre key revoke ext-02", [](Arguments& args) -> Run {
            auto which = std::make_shared<std::string>();
            auto yes = std::make_shared<bool>(false);
            args.add_option("NAME", *which, "all keys of this name, or one key").required();
            args.add_flag("--yes", *yes, "do not ask");
            return [which, yes](Context& context) { return run_revoke(context, *which, *yes); };
          }};
}

}  // namespace cadre::ctl
