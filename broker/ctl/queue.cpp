// cadre queue list: what waits where. The broker answers from its memory: what has ended is not counted.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

std::string oldest(const Json& queue) {
  const auto place = queue.find("oldest_seconds");
  if (place == queue.end() || !place->is_number()) return "-";
  return age_for_people(Duration{static_cast<std::int64_t>(place->get<double>() * 1e6)});
}

Exit run(Context& context) {
  const Json status = context.ask("status");
  const Json queues = status.value("queues", Json::array());
  if (context.json()) {
    print_json(queues);
    return Exit::ok;
  }
  Table table({{"QUEUE"},
               {"WAITING", Table::Align::right},
               {"DELAYED", Table::Align::right},
               {"RUNNING", Table::Align::right},
               {"OLDEST", Table::Align::right}});
  for (const auto& queue : queues)
    table.row({cell(queue, "queue"), cell(queue, "waiting"), cell(queue, "delayed"), cell(queue, "running"), oldest(queue)});
  if (table.empty())
    say("no jobs are open");
  else
    table.print();
  return Exit::ok;
}

}  // namespace

Command commands::queue_list() {
  return {"queue list", "What waits in each queue, and for how long", "cadre queue list",
          [](Arguments&) -> Run { return run; }};
}

}  // namespace cadre::ctl
