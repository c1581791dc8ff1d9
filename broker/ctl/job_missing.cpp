// cadre job missing: after a restore, what was accepted since the backup was made, as far as nodes have told of it.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

Exit run(Context& context) {
  const Json missing = context.ask("job.missing");
  if (context.json()) {
    print_json(missing);
    return Exit::ok;
  }
  if (missing.empty()) {
    say("nodes have told of no job that was accepted after a backup from which this cluster was restored");
    return Exit::ok;
  }
  Table table({{"JOB"}, {"ATTEMPT"}, {"NODE"}, {"THERE IT HAD"}, {"TOLD"}});
  for (const auto& one : missing) table.row({cell(one, "job"), cell(one, "attempt"), cell(one, "node"), cell(one, "end"), cell(one, "told")});
  table.print();
  say("these jobs are not in the restored store; clients that submit them again with the same key get them run anew");
  return Exit::ok;
}

}  // namespace

Command commands::job_missing() {
  return {"job missing", "After a restore: jobs accepted after the backup, as nodes told of them", "cadre job missing",
          [](Arguments&) -> Run { return run; }};
}

}  // namespace cadre::ctl
