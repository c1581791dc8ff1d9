// What people ask about clean-up and leases, and what they want of them: answered by the office, from the database.
#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "broker/shell/questions.hpp"

namespace cadre {

void Questions::at_office(const Asked& asked, std::function<Result<std::string>(cleanup::Office&)> work) {
  if (doors_.office == nullptr) return refuse(asked, "this broker keeps its jobs in memory only: nothing is kept, nothing is cleaned");
  const bool posted = doors_.office->post([this, asked, work = std::move(work)](cleanup::Office& office) -> WorkThread<cleanup::Office>::Completion {
    auto found = std::make_shared<Result<std::string>>(work(office));
    return [this, asked, found] {
      if (!*found) return refuse(asked, found->error());
      doors_.say(asked.from, Answer{asked.id, true, "", std::make_shared<Bytes>(**found)});
    };
  });
  if (!posted) refuse(asked, "too many questions are waiting; try again");
}

void Questions::clean_up(const Asked& asked, const std::string& question, const Json& arguments) {
  const WallTime wall = doors_.now().wall;
  if (question == "cleanup.status") return at_office(asked, [wall](cleanup::Office& office) { return office.status(wall); });
  if (question == "cleanup.dry_run") return at_office(asked, [](cleanup::Office& office) { return office.would_go(); });
  if (question == "lease.list") return at_office(asked, [](cleanup::Office& office) { return office.leases(); });
  const std::string name = text(arguments, question == "lease.break" ? "lease" : "duty");
  if (question == "lease.break") return at_office(asked, [name](cleanup::Office& office) { return office.break_lease(name); });
  at_office(asked, [name, wall](cleanup::Office& office) { return office.want_turn(name, wall); });
}

// Whoever may see a job may keep it.
void Questions::job_keep(const Asked& asked, const Json& arguments, bool kept) {
  with_job(asked, arguments, With::facts, [this, asked, kept](JobFacts& facts) {
    at_office(asked, [job = facts.row.id, kept, by = asked.who.name, wall = doors_.now().wall](cleanup::Office& office) {
      return office.keep(job, kept, by, wall);
    });
  });
}

}  // namespace cadre
