// test_host SPOOL GUARD: hosts three engines that each leave a daemon, prints the pids of the three leaders and of the
// three daemons once they run, and goes on hosting until it is killed. For the tests of a worker's sudden death.
#include <poll.h>

#include <cstdio>

#include "tests/contract/engine/harness.hpp"
#include "worker/engine/proc_fs.hpp"

using namespace cadre;
using namespace cadre::engine;

int main(int count, char** arguments) {
  if (count != 3) return 64;
  HostOptions options;
  const std::filesystem::path place = arguments[1];
  options.spool = place / "spool";
  std::filesystem::create_directories(place / "pids");  // engines can write there; the spool is closed to them
  options.guard = arguments[2];
  auto host = make_host(options);
  if (!host) return 1;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    Order order;
    order.engine = test::behave(i == 3 ? EngineMode::serve : EngineMode::exec);
    order.job.attempt = {JobId::make(Epoch{1}, i), 1};
    order.output_max = 1000;
    const std::string pid_file = place / "pids" / std::to_string(i);
    order.job.body =
        std::make_shared<const Body>(Body{R"({"do":"daemon","stay":true,"pid_file":")" + pid_file + "\"}", {}});
    (*host)->start(test::read_clocks(), std::move(order));
  }
  int running = 0;
  for (;;) {
    std::vector<Event> events;
    (*host)->turn(test::read_clocks(), events);
    for (const Event& event : events) running += std::holds_alternative<Progress>(event) ? 1 : 0;
    if (running == 3) {
      std::string pids;
      for (const pid_t child : own_children()) {
        // The daemons are children of ours too, by adoption; they do not lead their sessions.
        if (!tree_mark_of(child).empty() && session_of(child) == child) pids += std::to_string(child) + " ";
      }
      for (int i = 1; i <= 3; ++i) pids += test::read_file(place / "pids" / std::to_string(i)) + " ";
      std::printf("%s\n", pids.c_str());
      std::fflush(stdout);
      running = 0;
    }
    pollfd entry{(*host)->fd(), POLLIN, 0};
    ::poll(&entry, 1, 50);
  }
}
