// cadre engine uninstall: an engine, or versions of it, go from this node, but for those in which something runs: they
// stay, and the same command removes them later. Twice is harmless, and a run that was interrupted is repeated.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "broker/ctl/command.hpp"
#include "broker/ctl/engine_store.hpp"
#include "broker/ctl/engines.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"
#include "common/base/ids.hpp"
#include "common/config/yaml.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

// A worker looks every 2 s whether it still has an engine, and lets go of the version then.
constexpr Duration worker_notices_within = 5s;
constexpr Duration look_every = 50ms;  // at a lock: the kernel tells nobody that it is free, but who waits without end

struct Options {
  std::string engine, version;
  fs::path engines;
  Duration wait = worker_notices_within;
  bool old = false, dry_run = false;
  bool whole() const { return !old && version.empty(); }
};

// What there was, and what became of it.
struct Told {
  std::string before;                // current, when it began
  std::vector<std::string> changed;  // as sentences
  std::vector<std::string> removed, left;
  void did(const std::string& what) {
    say("  " + what);
    changed.push_back(what);
  }
};

std::vector<std::string> engines_in(const fs::path& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    const EngineStore store(directory, name);
    if (is_name(name) && (!store.versions().empty() || !store.current().empty() || store.is_plain()))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void refuse_unknown(const fs::path& engines, const EngineStore& store, const std::string& name) {
  if (!is_name(name)) throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", name)};
  if (is_builtin_engine(name))
    throw Stop{Exit::usage,
               fmt::format("'{}' is built in: it is a part of the worker, and cannot be uninstalled", name)};
  std::error_code error;
  if (fs::is_directory(store.home(), error)) return;
  const auto names = engines_in(engines);
  const auto near = yaml::nearest(name, names);
  throw Stop{Exit::no_input, fmt::format("there is no engine '{}' in {}{}. Those that are: {}", name, engines.string(),
                                         near ? fmt::format(" (did you mean '{}'?)", *near) : "",
                                         names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))};
}

// An engine.yaml that somebody put there would be offered as soon as no version is: so it is his to take away, first.
void refuse_by_hand(const EngineStore& store, const std::string& name) {
  if (!store.is_plain()) return;
  throw Stop{
      Exit::bad_data,
      fmt::format("{} was put there by hand, and {}: nothing was changed. Only what cadre engine install made is "
                  "removed; move the file away yourself, or all of it:\n  mv {} ELSEWHERE",
                  (store.home() / "engine.yaml").string(),
                  store.current().empty() ? "is what this node offers as " + name
                                          : "would be offered in place of " + store.current(),
                  store.home().string())};
}

// Which are to go. --old, --version: never the current one.
std::vector<std::string> chosen(const EngineStore& store, const Options& o) {
  const std::string current = store.current(), back = store.replaced(current);
  if (!o.version.empty()) {
    if (o.version == current)
      throw Stop{Exit::usage,
                 fmt::format("{}: {} is current, and stays: another one must take its place before (cadre engine "
                             "install, cadre engine rollback); without --version all of the engine goes",
                             o.engine, current)};
    if (store.has(o.version) && !store.made_here(o.version))
      throw Stop{Exit::bad_data, fmt::format("{} was not made by cadre engine install: remove it by hand",
                                             store.place(o.version).string())};
    if (o.version.find('/') != std::string::npos)
      throw Stop{Exit::usage, fmt::format("'{}' is not the name of a version", o.version)};
    if (store.has(o.version)) return {o.version};
    return {};
  }
  std::vector<std::string> versions = store.all_made_here();
  if (o.old) std::erase_if(versions, [&](const std::string& one) { return one == current || one == back; });
  return versions;
}

Exit plan(Context& context, const EngineStore& store, const Options& o) {
  const std::string current = store.current();
  std::vector<std::string> would, left;
  if (o.whole() && !current.empty())
    would.push_back(fmt::format("stop offering {}, by removing {}", current, (store.home() / "current").string()));
  for (const auto& version : chosen(store, o)) {
    const std::string place = store.place(version).string();
    if (version == current) {
      would.push_back(fmt::format("remove {}, unless something runs in it", place));
    } else if (store.is_held(version)) {
      left.push_back(version);
    } else {
      would.push_back("remove " + place);
    }
  }
  for (const auto& one : would) say("  would " + one);
  for (const auto& one : left) say(fmt::format("  would leave {}: something runs in it", store.place(one).string()));
  if (would.empty()) say(fmt::format("{}: nothing would be changed", o.engine));
  if (context.json())
    print_json({{"engine", o.engine},
                {"before", current},
                {"current", current},
                {"changed", Json::array()},
                {"would", would},
                {"removed", Json::array()},
                {"left", left},
                {"versions", store.versions()}});
  return Exit::ok;
}

void remove(EngineStore& store, const std::vector<std::string>& versions, Duration patience, Told& told) {
  told.left = versions;
  const Instant until = os::boot_now() + patience;
  while (true) {
    for (const auto& version : std::vector<std::string>(told.left)) {
      if (!store.remove(version)) continue;
      std::erase(told.left, version);
      told.removed.push_back(version);
      told.did("removed " + store.place(version).string());
    }
    if (told.left.empty() || os::boot_now() >= until) return;
    std::this_thread::sleep_for(look_every);
  }
}

Exit tell(Context& context, const EngineStore& store, const Options& o, const Told& told) {
  const std::string current = store.current();
  const auto versions = store.versions();
  std::string state = current.empty() ? "no version is offered" : current + " is current";
  if (current.empty() && store.is_plain()) state = "its engine.yaml lies there as somebody put it";
  if (!o.version.empty() && told.removed.empty() && told.left.empty())
    say(fmt::format("{}: there is no version {}. Those that are: {}", o.engine, o.version,
                    versions.empty() ? "none" : fmt::format("{}", fmt::join(versions, ", "))));
  say(fmt::format("{}: {}{}", o.engine, state,
                  told.changed.empty()                      ? "; nothing was changed"
                  : told.before.empty() || !current.empty() ? ""
                                                            : "; a running worker lets go of it within 2 s"));
  for (const auto& one : told.left)
    say(
        fmt::format("note: {} is left: a worker has it, or something runs in it. When that has ended, the same command "
                    "removes it",
                    store.place(one).string()));
  if (o.whole())
    for (const auto& one : versions)
      if (!store.made_here(one))
        say(fmt::format("note: {} is left: it was not made by cadre engine install", store.place(one).string()));
  if (context.json())
    print_json({{"engine", o.engine},
                {"before", told.before},
                {"current", current},
                {"changed", told.changed},
                {"removed", told.removed},
                {"left", told.left},
                {"versions", versions}});
  return Exit::ok;
}

Exit run(Context& context, const Options& o) {
  std::error_code error;
  const fs::path engines =
      fs::absolute(o.engines.empty() ? context.config().worker.engines : o.engines, error).lexically_normal();
  EngineStore store(engines, o.engine);
  refuse_unknown(engines, store, o.engine);
  if (o.whole()) refuse_by_hand(store, o.engine);
  if (o.dry_run) return plan(context, store, o);
  store.lock();
  const auto versions = chosen(store, o);
  Told told{store.current(), {}, {}, {}};
  if (store.remove_halves()) told.did("removed what an interrupted run had left");
  if (o.whole() && !told.before.empty()) {
    store.stop_offering();
    told.did("removed " + (store.home() / "current").string());
  }
  on_interrupt("cadre: stopped; what is not removed yet, the same command removes");
  remove(store, versions, o.wait, told);
  store.forget_removed();
  return tell(context, store, o, told);
}

}  // namespace

Command commands::engine_uninstall() {
  return {"engine uninstall", "Take an engine, or old versions of it, from this node; twice is harmless",
          "sudo cadre engine uninstall thumb\n         sudo cadre engine uninstall thumb --old",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("NAME", o->engine, "the engine").required();
            const auto old = args.add_flag("--old", o->old, "only the versions that are neither current nor where a rollback leads");
            args.add_option("--version", o->version, "only this one, which is not current")
                .type_name("VERSION")
                .excludes(old);
            args.add_option("--engines", o->engines, "where this node's engines are; else worker.engines of its file")
                .type_name("DIR");
            args.add_duration("--wait", o->wait, "for how long to wait for what runs in them (5s)");
            args.add_flag("--dry-run", o->dry_run, "only say what would be done");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
