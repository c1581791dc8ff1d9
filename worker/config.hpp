// From the node's file to what the worker needs.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/config/node.hpp"
#include "common/net/dealer.hpp"
#include "worker/core/worker.hpp"

namespace cadre {

struct WorkerSettings {
  WorkerPolicy policy;
  net::Dealer::Settings door;
  std::filesystem::path key_file;  // of door.keys; empty: there are none
  std::filesystem::path spool;
  std::filesystem::path engines;
  std::string engine_user;
  bool attempts_apart = true;
  std::uint64_t spool_max = 0;
  std::uint64_t free_low = 0, free_high = 0;  // bytes of the spool's volume
  std::uint64_t output_max = 0;
};

Result<WorkerSettings> worker_settings(const NodeConfig& config, bool no_curve);

}  // namespace cadre
