// What a master is to be, from what was said on the command line and what its file says already: decided before
// anything is changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/node.hpp"

namespace cadre::ctl {

// As they were given; empty: not said.
struct MasterWishes {
  std::string name, listen, schema;
  std::filesystem::path directory = "/etc/cadre", data = "/var/lib/cadre";
  bool with_mariadb = false;
  std::filesystem::path socket;  // of a MariaDB on this machine
  std::string database;          // HOST:PORT of one elsewhere
  std::filesystem::path tls_ca;
  std::optional<std::uint16_t> monitor_port;  // and the one after it; 0: no pages
};

struct MasterPlan {
  std::filesystem::path file;  // node.yaml
  std::string text;            // what it is to hold; empty: it is there
  NodeConfig config;           // what it says, or will say
  bool own_mariadb = false;    // the one under `data`
  std::vector<std::string> notes;
};

// Reads the file where it is there, and nothing else. Stop where something is missing, wrong, or other than what the
// file says.
MasterPlan plan_master(const MasterWishes& wishes);

}  // namespace cadre::ctl
