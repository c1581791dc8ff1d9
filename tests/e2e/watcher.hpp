// Whether ever two clean at once, as the rows of the leases and the files in the spools tell it from outside.
#pragma once

#include "tests/e2e/cleaning.hpp"

namespace cadre::test {

// Its own books of what was held, and of when files went, kept by looking again and again.
class Watcher {
 public:
  // Of these nodes' spools, in each of which so many files were planted.
  Watcher(Cluster& cluster, std::vector<std::string> nodes, int planted, std::string name = as_an_attempt)
      : cluster_(cluster), nodes_(std::move(nodes)), planted_(static_cast<std::size_t>(planted)), name_(std::move(name)), thread_([this] { watch(); }) {}
  ~Watcher() { end(); }
  void end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  struct Spell {
    Instant first{}, last{};  // of the looks that saw a part removed and a part still there
  };
  std::set<std::string> held;              // duties that were seen held
  std::vector<std::string> together;       // looks with more places or duties than one
  std::map<std::string, Spell> removing;   // by node
  std::string trouble;

 private:
  static constexpr auto look_every = std::chrono::milliseconds(2);  // a turn takes longer, and others need the processor too

  void watch() {
    try {
      auto made = db::Link::connect(cluster_.mariadb().settings({}, "cadre"));
      for (; !over_; std::this_thread::sleep_for(look_every)) look(std::get<db::Link>(made));
    } catch (const std::exception& error) {
      trouble = error.what();
    }
  }
  // One statement: one reading of all rows.
  void look(db::Link& link) {
    const auto found = link.query("SELECT resource FROM lease WHERE resource LIKE 'cleanup/%' AND expires_at > SYSDATE(6) ORDER BY resource");
    const auto& rows = std::get<db::Rows>(found);
    std::size_t places = 0;
    std::string all;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string resource = rows.text(i, 0);
      all += resource + " ";
      if (resource.starts_with("cleanup/place/")) ++places;
      else held.insert(resource);
    }
    if (places > 1 || rows.size() - places > 1) together.push_back(all);
    for (const auto& node : nodes_) {
      const std::size_t left = files_in(orphan(cluster_, node, name_));
      if (left == 0 || left == planted_) continue;
      Spell& spell = removing.try_emplace(node, Spell{os::boot_now(), {}}).first->second;
      spell.last = os::boot_now();
    }
  }

  Cluster& cluster_;
  const std::vector<std::string> nodes_;
  const std::size_t planted_;
  const std::string name_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace cadre::test
