// What `cadre doctor` looks at: checks in the order in which one thing needs the other, so that the first that fails is the
// one to mend. Each part looks for itself; nothing is changed anywhere.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "broker/ctl/context.hpp"
#include "common/database/link.hpp"

namespace cadre::ctl {

enum class CheckState : std::uint8_t {
  ok,
  warning,  // works, and should be looked at
  failed,
  skipped,  // needs one that failed
};
std::string_view to_string(CheckState state);

struct Checked {
  std::string name;  // "database: password"
  CheckState state = CheckState::ok;
  std::string found;
  std::string cure;  // failed, warning: what to do
};

// A chain of checks: behind one that failed the rest is not tried.
class Chain {
 public:
  explicit Chain(std::string about, std::vector<Checked>& all) : about_(std::move(about)), all_(all) {}
  void ok(const std::string& name, const std::string& found) { add(name, CheckState::ok, found, ""); }
  void warn(const std::string& name, const std::string& found, const std::string& cure) { add(name, CheckState::warning, found, cure); }
  void fail(const std::string& name, const std::string& found, const std::string& cure) {
    add(name, CheckState::failed, found, cure);
    broken_ = true;
  }
  void skip(const std::string& name) { add(name, CheckState::skipped, "needs what failed before", ""); }
  bool broken() const { return broken_; }

 private:
  void add(const std::string& name, CheckState state, const std::string& found, const std::string& cure) {
    all_.push_back({about_ + ": " + name, state, found, cure});
  }
  std::string about_;
  std::vector<Checked>& all_;
  bool broken_ = false;
};

// All of it, for the node with the context's file.
std::vector<Checked> examine(Context& context);
Json json_of(const std::vector<Checked>& all);

// What belongs to the service's user cannot be judged by another one: no fault then.
bool not_ours_to_read(const std::filesystem::path& file);

// Each adds what it found. `config` has no faults.
void check_files(const NodeConfig& config, std::vector<Checked>& all);                            // doctor_files.cpp
void check_database(const NodeConfig& config, Duration patience, std::vector<Checked>& all);      // doctor_database.cpp: on the master
void check_characters(Chain& chain, db::Link& link, const std::string& schema);                   // doctor_characters.cpp: a part of it
void check_purge(const NodeConfig& config, Duration patience, std::vector<Checked>& all);         // doctor_purge.cpp: where this node may purge
void check_broker(const NodeConfig& config, Duration patience, std::vector<Checked>& all);        // doctor_broker.cpp

}  // namespace cadre::ctl
