// cadre engine install, engine rollback: a version of an engine on this node, and back. Twice is as good as once, and a
// run that was interrupted is repeated.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/engine_store.hpp"
#include "broker/ctl/engine_trial.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/settle_files.hpp"
#include "common/base/ids.hpp"
#include "common/config/yaml.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path directory, engines;
  std::string engine, from, to, owner, expect;
  bool dry_run = false;
};

struct StartFile {
  std::string name, version, user;
};

// What is needed to know where it goes. Whether all of it is right, the worker's own reader says when it is tried.
StartFile read_start_file(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    throw Stop{Exit::no_input, fmt::format("there is no engine directory '{}'", directory.string())};
  yaml::Document document = yaml::Document::load(directory / "engine.yaml");
  yaml::Section root = document.root();
  StartFile file{root.name("name"), root.text("version", "1"), root.text("user", "")};
  if (!document.faults().empty()) {
    std::string all;
    for (const auto& fault : document.faults()) all += (all.empty() ? "" : "\n  ") + yaml::to_string(fault);
    throw Stop{Exit::bad_data, all};
  }
  return file;
}

fs::path engines_of(Context& context, const Options& o) {
  std::error_code error;
  return fs::absolute(o.engines.empty() ? context.config().worker.engines : o.engines, error).lexically_normal();
}

// As whom it is tried.
struct Runner {
  std::optional<os::User> as;  // of cadre-worker; else who runs this
  bool root = false;           // and then the engine is root's too
};

// Started by root, cadre-worker gives the engine to the user of its engine.yaml, or to cadre-engine, as on a node.
Runner runner(const Options& o, const std::string& user) {
  if (!o.owner.empty()) return {Owner(o.owner).other(), false};
  if (::geteuid() != 0 || !user.empty() || getpwnam("cadre-engine") != nullptr) return {};
  if (getpwnam("cadre") == nullptr) return {std::nullopt, true};
  return {Owner("cadre").other(), false};
}

void refuse_own_place(const fs::path& directory, const EngineStore& store) {
  std::error_code error;
  const fs::path source = fs::canonical(directory, error), home = fs::weakly_canonical(store.home(), error);
  if (lies_in(source, home) || lies_in(home, source))
    throw Stop{Exit::usage,
               fmt::format("{} and {}, where it would be installed, lie in one another: give a copy of it that "
                           "lies elsewhere. To go back to a version that is there: cadre engine rollback",
                           source.string(), home.string())};
}

// A version is not changed once it is there; what running adds to it (caches) does no harm.
void check_intact(const EngineStore& store, const std::string& version, const EngineContent& content) {
  const auto there = read_engine_content(store.place(version));
  for (const EngineEntry& entry : content.entries)
    if (std::find(there.entries.begin(), there.entries.end(), entry) == there.entries.end())
      throw Stop{Exit::bad_data, fmt::format("{}: is not as it was installed any more: nothing was changed. Move the "
                                             "directory away, and install it again",
                                             (store.place(version) / entry.path).string())};
}

struct Told {
  std::string engine, version, before;
  std::string tested;  // "run", "looked at", "not again"
  Steps steps;
};

Exit tell(Context& context, const EngineStore& store, const Told& told) {
  const bool changed = !told.steps.changed.empty();
  say(fmt::format("{}: {} is current{}{}", told.engine, told.version,
                  told.before.empty() || told.before == told.version ? "" : ", in place of " + told.before,
                  changed ? "; a running worker offers it within 2 s" : "; nothing was changed"));
  if (told.tested == "looked at")
    say("note: the engine was not run: it has no test/input and no test/params.json. Its engine.yaml is good, and its "
        "program is there");
  if (context.json())
    print_json({{"engine", told.engine},
                {"version", told.version},
                {"directory", store.place(told.version).string()},
                {"before", told.before},
                {"changed", told.steps.changed},
                {"tested", told.tested},
                {"versions", store.versions()}});
  return Exit::ok;
}

Exit plan(Context& context, const EngineStore& store, const std::string& engine, const std::string& version,
          const std::vector<std::string>& would) {
  for (const auto& one : would) say("  would " + one);
  if (would.empty()) say(fmt::format("{}: {} is current; nothing would be changed", engine, version));
  if (context.json())
    print_json({{"engine", engine},
                {"version", version},
                {"before", store.current()},
                {"changed", Json::array()},
                {"would", would}});
  return Exit::ok;
}

std::string try_it(const EngineStore& store, const std::string& version, const Runner& who, Steps& steps) {
  if (who.root) say("note: the engine is tried as root: there is no user cadre-engine here, and no --owner was named");
  const Trial trial = try_engine(store.place(version), who.as);
  steps.found(fmt::format("{} {}", version, trial.run ? "passes its test" : "has a good engine.yaml and a program"));
  return trial.run ? "run" : "looked at";
}

void switch_to(EngineStore& store, const std::string& version, Steps& steps) {
  const std::string what = fmt::format("current -> {}", version);
  if (store.current() == version) return steps.found(what);
  store.switch_to(version);
  steps.did(what);
}

Exit run_install(Context& context, const Options& o) {
  const StartFile file = read_start_file(o.directory);
  EngineStore store(engines_of(context, o), file.name);
  refuse_own_place(o.directory, store);
  const Runner who = runner(o, file.user);
  const EngineContent content = read_engine_content(o.directory);
  const std::string version = engine_version_name(file.version, content.digest);
  if (!o.expect.empty() && o.expect != version)
    throw Stop{Exit::bad_data,
               fmt::format("{} is {} here, and {} was expected: it did not come whole; nothing was changed",
                           o.directory.string(), version, o.expect)};
  if (o.dry_run) {
    std::vector<std::string> would;
    if (!store.has(version)) would.push_back("copy it to " + store.place(version).string());
    if (store.current() != version)
      would.push_back(fmt::format("test it there, and switch {} to it", (store.home() / "current").string()));
    return plan(context, store, file.name, version, would);
  }
  store.lock();
  store.remove_halves();
  Told told{file.name, version, store.current(), "not again", {}};
  const bool there = store.has(version);
  if (there) check_intact(store, version, content);
  if (!there) store.copy(o.directory, content, version);
  there ? told.steps.found("copy " + store.place(version).string())
        : told.steps.did("copy " + store.place(version).string());
  const bool current = told.before == version;
  if (!current || !there) {
    try {
      told.tested = try_it(store, version, who, told.steps);
    } catch (const Stop&) {
      if (!there && !current) store.remove(version);
      throw;
    }
    if (told.before.empty() && store.is_plain())
      say(fmt::format("note: {} is in force no more; it stays where it is", (store.home() / "engine.yaml").string()));
    if (!current && store.has(told.before)) store.note_replaced(version, told.before);
  }
  switch_to(store, version, told.steps);
  return tell(context, store, told);
}

// Where a rollback leads; `current` itself: it came back by one, and stays.
std::string way_back(const EngineStore& store, const Options& o) {
  const std::string current = store.current();
  if (!store.has(current) && !store.has(o.to))
    throw Stop{Exit::no_input, fmt::format("{}: no version of this engine is installed here{}", store.home().string(),
                                           store.is_plain() ? ": its engine.yaml lies there as somebody put it" : "")};
  if (!o.from.empty() && o.from != current) return current;
  const std::string target = o.to.empty() ? store.replaced(current) : o.to;
  if (target.empty())
    throw Stop{Exit::not_so,
               fmt::format("{}: {} took the place of no other version: there is nothing to go back to. The "
                           "versions there: {}",
                           o.engine, current, fmt::join(store.versions(), ", "))};
  if (!store.has(target))
    throw Stop{Exit::no_input, fmt::format("{}: the version {} is not there. Those that are: {}", o.engine, target,
                                           fmt::join(store.versions(), ", "))};
  return target;
}

Exit run_rollback(Context& context, const Options& o) {
  if (!is_name(o.engine))
    throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", o.engine)};
  EngineStore store(engines_of(context, o), o.engine);
  std::string target = way_back(store, o);
  if (o.dry_run) {
    std::vector<std::string> would;
    if (target != store.current())
      would.push_back(fmt::format("test {}, and switch {} to it", target, (store.home() / "current").string()));
    return plan(context, store, o.engine, target, would);
  }
  store.lock();
  store.remove_halves();
  target = way_back(store, o);
  Told told{o.engine, target, store.current(), "not again", {}};
  if (target != told.before) {
    const Runner who = runner(o, read_start_file(store.place(target)).user);
    told.tested = try_it(store, target, who, told.steps);
    store.note_replaced(target, target);  // a second rollback must not go further back unasked
  }
  switch_to(store, target, told.steps);
  return tell(context, store, told);
}

void add_common(Arguments& args, Options& o) {
  args.add_option("--engines", o.engines, "where this node's engines are; else worker.engines of its file")
      .type_name("DIR");
  args.add_option("--owner", o.owner, "as whom it is tried; else who runs this, for root: as engines run on a node");
  args.add_flag("--dry-run", o.dry_run, "only say what would be done");
}

}  // namespace

Command commands::engine_install() {
  return {"engine install", "Install a version of an engine on this node, test it, and switch to it; twice is harmless",
          "sudo cadre engine install ./thumb", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("DIR", o->directory,
                            "the directory with engine.yaml; test/input and test/params.json are its test")
                .required();
            args.add_option("--expect", o->expect, "only if this is what it comes to: for who brought it from elsewhere")
                .type_name("VERSION");
            add_common(args, *o);
            return [o](Context& context) { return run_install(context, *o); };
          }};
}

Command commands::engine_rollback() {
  return {"engine rollback", "Go back to the version that the current one took the place of; twice is harmless",
          "sudo cadre engine rollback thumb", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("NAME", o->engine, "the engine").required();
            const auto from = args.add_option("--from", o->from, "only where this version is current").type_name("VERSION");
            args.add_option("--to", o->to, "to this one of the versions that are there")
                .type_name("VERSION")
                .excludes(from);
            add_common(args, *o);
            return [o](Context& context) { return run_rollback(context, *o); };
          }};
}

}  // namespace cadre::ctl
