#include "worker/engine/catalog.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "common/config/yaml.hpp"
#include "worker/engine/builtin.hpp"
#include "worker/engine/ending.hpp"
#include "worker/engine/process_posix.hpp"
#include "worker/engine/user.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr const char* file_name = "engine.yaml";
constexpr const char* current_link = "current";
constexpr std::uint64_t slots_max = 1024;
constexpr std::uint64_t bytes_max = std::uint64_t{1} << 50;
constexpr std::size_t version_bytes_max = limits::name_bytes_max;
constexpr Duration day = 24h;

// Taken away by hand, and installed again: what we hold is not what lies there.
bool was_replaced(const Definition& engine) { return engine.hold != nullptr && !engine.hold->is_of(engine.directory); }

bool is_builtin(const std::string& name) {
  const auto all = builtin_definitions();
  return std::any_of(all.begin(), all.end(), [&](const auto& engine) { return engine->name == name; });
}

void read_command(yaml::Section& root, Definition& engine) {
  engine.command = root.texts("command");
  if (engine.command.empty()) {
    root.fault("command", "command: wanted the program and its arguments as a list, such as [./run.sh, --fast]");
    return;
  }
  // Attempts run in directories of their own; what is written as "./x" means the file beside engine.yaml.
  for (std::size_t i = 1; i < engine.command.size(); ++i) {
    std::error_code error;
    const std::filesystem::path beside = engine.directory / engine.command[i];
    if (engine.command[i].starts_with("./") && std::filesystem::exists(beside, error))
      engine.command[i] = beside.lexically_normal().string();
  }
}

void read_rights(yaml::Section& root, Definition& engine) {
  engine.user = root.text("user", "");
  if (root.has("user") && !is_user_name(engine.user))
    root.fault("user", fmt::format("user: wanted the name of a user of this machine other than root, found \"{}\"", printable(engine.user)));
  engine.network = root.choice("network", {"host", "none"}, 0) == 0;
}

void read_recycling(yaml::Section& root, Definition& engine) {
  yaml::Section recycle = root.section("recycle");
  if (recycle.present() && engine.mode != EngineMode::serve)
    root.fault("recycle", "recycle: only engines of mode serve are recycled; take it out or write mode: serve");
  if (root.has("start_limit") && engine.mode != EngineMode::serve)
    root.fault("start_limit", "start_limit: only engines of mode serve have one; take it out or write mode: serve");
  engine.recycle_jobs = recycle.number("jobs", 0, 1'000'000'000, engine.recycle_jobs);
  engine.recycle_memory = recycle.bytes("memory", 0, bytes_max, engine.recycle_memory);
  engine.recycle_idle = recycle.duration("idle", Duration{}, 30 * day, engine.recycle_idle);
}

}  // namespace

LoadedEngine load_engine(const std::filesystem::path& directory) {
  LoadedEngine loaded;
  Definition& engine = loaded.definition;
  std::error_code error;
  engine.directory = std::filesystem::canonical(directory, error);
  if (error) engine.directory = directory;

  yaml::Document document = yaml::Document::load(directory / file_name);
  yaml::Section root = document.root();
  engine.name = root.name("name");
  engine.version = root.text("version", engine.version);
  engine.description = root.text("description", "");
  engine.mode = root.choice("mode", {"exec", "serve"}, 0) == 1 ? EngineMode::serve : EngineMode::exec;
  read_command(root, engine);
  engine.slots = static_cast<std::uint32_t>(root.number("slots", 1, slots_max, 0));
  engine.time_limit = root.duration("time_limit", 1ms, 30 * day, engine.time_limit);
  engine.stall_limit = root.duration("stall_limit", Duration{}, 30 * day, engine.stall_limit);
  engine.stop_grace = root.duration("stop_grace", Duration{}, 1h, engine.stop_grace);
  engine.memory_limit = root.bytes("memory_limit", 0, bytes_max, 0);
  read_rights(root, engine);
  engine.start_limit = root.duration("start_limit", 1ms, day, engine.start_limit);
  read_recycling(root, engine);
  if (engine.version.size() > version_bytes_max)
    root.fault("version",
               fmt::format("version: wanted at most {} bytes, found {}", version_bytes_max, engine.version.size()));
  if (is_builtin(engine.name))
    root.fault("name", fmt::format("name: \"{}\" is built in; choose another name", engine.name));
  document.finish();
  for (const yaml::Fault& fault : document.faults()) loaded.faults.push_back(yaml::to_string(fault));
  return loaded;
}

std::string why_broken(const Definition& engine, const std::string& path) {
  if (engine.mode == EngineMode::builtin) return {};
  int error = 0;
  const std::string& program = engine.command.front();
  if (!find_program(program, engine.directory.string(), path, error).empty()) return {};
  if (program.find('/') == std::string::npos) return fmt::format("program \"{}\" is not in PATH ({})", program, path);
  const std::string full = (engine.directory / program).lexically_normal().string();
  return fmt::format("program {}: {}{}", full, errno_text(error), exec_advice(full, error));
}

bool same(const Definition& a, const Definition& b) {
  const auto values = [](const Definition& d) {
    return std::tie(d.name, d.version, d.description, d.mode, d.command, d.directory, d.slots, d.time_limit,
                    d.user, d.network, d.stall_limit, d.stop_grace, d.memory_limit, d.start_limit, d.recycle_jobs, d.recycle_memory,
                    d.recycle_idle);
  };
  return values(a) == values(b);
}

Catalog::Catalog(std::filesystem::path directory, std::string path)
    : directory_(std::move(directory)), path_(std::move(path)) {
  reload();
}

bool Catalog::changed() const {
  if (look() != stamps_) return true;
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& named) {
    return why_broken(*named.second.definition, path_) != named.second.broken;
  });
}

void Catalog::reload() {
  stamps_ = look();
  faults_.clear();
  std::map<std::string, Entry> entries;
  for (const DefinitionPtr& engine : builtin_definitions()) {
    const Entry* former = find(engine->name);
    entries[engine->name] = {former != nullptr ? former->definition : engine, {}};
  }
  const Stamps found = stamps_;  // hold() may take one out
  for (const auto& [file, stamp] : found) take(file.parent_path(), stamp.installed, entries);
  entries_ = std::move(entries);
}

void Catalog::take(const std::filesystem::path& engine_directory, bool installed,
                   std::map<std::string, Entry>& entries) {
  LoadedEngine loaded = load_engine(engine_directory);
  Definition& engine = loaded.definition;
  if (!loaded.faults.empty()) {
    std::move(loaded.faults.begin(), loaded.faults.end(), std::back_inserter(faults_));
    return keep_former(engine_directory, installed, entries);
  }
  if (installed) engine.version = engine.directory.filename().string().substr(0, version_bytes_max);
  if (installed && !hold(engine, engine_directory / file_name)) return;
  if (const auto taken = entries.find(engine.name); taken != entries.end()) {
    faults_.push_back(fmt::format("{}: the name \"{}\" is taken by {}; rename one of them",
                                  (engine_directory / file_name).string(), engine.name,
                                  (taken->second.definition->directory / file_name).string()));
    return;
  }
  if (entries.size() == limits::engines_max) {
    faults_.push_back(fmt::format("{}: left out, a node offers at most {} engines",
                                  (engine_directory / file_name).string(), limits::engines_max));
    return;
  }
  std::string broken = why_broken(engine, path_);
  const Entry* former = find(engine.name);
  const bool unchanged = former != nullptr && same(*former->definition, engine) && !was_replaced(*former->definition);
  const std::string name = engine.name;
  entries[name] = {unchanged ? former->definition : std::make_shared<const Definition>(std::move(engine)),
                   std::move(broken)};
}

bool Catalog::hold(Definition& engine, const std::filesystem::path& file) {
  Holding holding = hold_version(engine.directory);
  if (holding.leaving) stamps_.erase(file);  // so that it counts as a change as long as it is there
  if (!holding.fault.empty()) faults_.push_back(std::move(holding.fault));
  engine.hold = std::move(holding.hold);
  return !holding.leaving;
}

void Catalog::keep_former(const std::filesystem::path& engine_directory, bool installed,
                          std::map<std::string, Entry>& entries) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::canonical(engine_directory, error);
  for (const auto& [name, entry] : entries_) {
    const std::filesystem::path& former = entry.definition->directory;
    const bool replaced = installed && former.parent_path() == whole.parent_path();
    if ((former == whole || replaced) && !whole.empty()) entries.emplace(name, entry);
  }
}

const Catalog::Entry* Catalog::find(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

bool Catalog::add_stamp(const std::filesystem::path& file, bool installed, Stamps& stamps) {
  std::error_code trouble;
  const auto size = std::filesystem::file_size(file, trouble);
  if (trouble) return false;
  const auto written = std::filesystem::last_write_time(file, trouble);
  return !trouble && stamps.emplace(file, Stamp{size, written, installed}).second;
}

Catalog::Stamps Catalog::look() const {
  Stamps stamps;
  std::error_code error;
  std::filesystem::directory_iterator entries{directory_, error};
  for (const std::filesystem::directory_iterator end; !error && entries != end; entries.increment(error)) {
    std::error_code trouble;
    const std::filesystem::path version = std::filesystem::read_symlink(entries->path() / current_link, trouble);
    if (trouble || !add_stamp(entries->path() / version / file_name, true, stamps))
      add_stamp(entries->path() / file_name, false, stamps);
  }
  return stamps;
}

}  // namespace cadre::engine
