// The one engine::Host of a worker: routes each order to what runs engines of its mode, behind one epoll descriptor.
//
// Side effects on the process, once, in make(): SIGPIPE is ignored, the process becomes a subreaper, and what a former
// life on the same spool left behind (processes and directories of attempts) is killed and removed. One host per
// process and per spool at a time; make, use and destroy it on the main thread; no other part of the process may start
// children while it lives (tree_keeper.hpp says why).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "worker/engine/engine.hpp"
#include "worker/engine/separation.hpp"

namespace cadre::engine {

struct HostOptions {
  std::filesystem::path spool;                                                        // attempts run in SPOOL/attempts
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";  // PATH of engines
  std::string timezone;                                                               // TZ of engines; empty: not set
  std::string engine_user = "none";  // separation.hpp: auto, none or a user
  bool attempts_apart = true;        // a fence keeps engines out of each other's work directories
  std::filesystem::path guard;      // the program cadre-guard; empty: none
  Duration check_interval = 100ms;  // memory, size of stdout
  Duration event_interval = 200ms;  // at most one Active and one Progress per attempt in it
  Duration burial_limit = 5s;       // how long an ended attempt waits for the rest of its tree to die
  Duration ping_interval = 30s;     // idle serve engines are asked whether they still listen
  Duration ping_limit = 10s;        // and killed when they do not answer
};

// PATH and TZ as this process has them; guard found beside the running program; engine_user: auto.
HostOptions host_options_from_environment(std::filesystem::path spool);

// `told`: what became of the separation of engines from the worker and from each other, if somebody wants to know.
Result<std::unique_ptr<Host>> make_host(HostOptions options, SeparationTold* told = nullptr);

}  // namespace cadre::engine
