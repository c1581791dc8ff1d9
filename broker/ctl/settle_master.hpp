// A master, set up step by step: directories, keys, a MariaDB of its own or the way to another one, schema, accounts.
// What is there stays, so that a run that was interrupted is gone on with by the next one.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/context.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/master_plan.hpp"

namespace cadre::ctl {

struct MasterOptions {
  MasterWishes wishes;
  std::string owner;                           // empty: who runs this; for root: cadre
  AdminOptions admin;                          // who may make databases and accounts
  std::vector<std::string> from, purge_hosts;  // as in AccountWishes
  std::filesystem::path sql;                   // statements for another administrator; empty: made from here
};

struct MasterTold {
  Json json;                       // what `node setup --json` prints
  std::vector<std::string> to_do;  // by somebody else, before it can work
  std::string fingerprint;         // of the broker's key
  bool changed = false;
};

// Paths are absolute. Stop at the first trouble; before anything is changed, where it can be known then.
MasterTold settle_master(const MasterOptions& options, const MasterPlan& plan, const Globals& globals);

}  // namespace cadre::ctl
