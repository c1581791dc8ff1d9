// What people ask about clean-up and leases, and what they want of them: answered by the office, from the database.
#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "broker/shell/questions.hpp"

namespace cadre {

// Answers with the JSON that `work` returns.
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
  if (question == "cleanup.forecast") return at_office(asked, [wall](cleanup::Office& office) { return office.forecast(wall); });
  if (question == "cleanup.dry_run") return at_office(asked, [](cleanup::Office& office) { return office.would_go(); });
  if (question == "lease.list") return at_office(asked, [](cleanup::Office& office) { return office.leases(); });
  const std::string name = text(arguments, question == "lease.break" ? "lease" : "duty");
  if (question == "lease.break") return at_office(asked, [name](cleanup::Office& office) { return office.break_lease(name); });
  at_office(asked, [name](cleanup::Office& office) { return office.want_turn(name); });
}

// What a worker asks, about its own node's turn only: which node that is, its key says.
void Questions::turn(const Asked& asked, const Ask& ask) {
  const std::string& node = asked.who.name;
  const Now now = doors_.now();
  const auto senseless = [&] { refuse(asked, fmt::format("the arguments of '{}' make no sense; PROTOCOL.md says what is wanted", ask.question)); };
  if (ask.question == "turn.take") {
    const auto wanted = cleanup::read_turn_wanted(ask.arguments);
    if (!wanted) return senseless();
    const std::string holder = fmt::format("{} cadre-worker {}", node, wanted->session);
    return at_office(asked, [=](cleanup::Office& office) -> Result<std::string> {
      const auto answer = office.take_files_turn(node, holder, wanted->urgent, now);
      if (!answer) return Error{answer.error()};
      return to_json(*answer);
    });
  }
  if (ask.question == "turn.owned") return attempts_owned(asked, ask);
  const auto turn = cleanup::read_turn(ask.arguments);
  if (!turn) return senseless();
  if (ask.question == "turn.renew")
    return at_office(asked, [=](cleanup::Office& office) -> Result<std::string> {
      const auto ours = office.renew_files_turn(node, *turn);
      if (!ours) return Error{ours.error()};
      return to_json(*ours);
    });
  const auto done = cleanup::read_files_done(ask.arguments);
  if (ask.question != "turn.end") return refuse(asked, fmt::format("'{}' is not a question for workers", ask.question));
  if (!done) return senseless();
  at_office(asked, [=](cleanup::Office& office) -> Result<std::string> {
    const auto ended = office.end_files_turn(node, *turn, *done, now.wall);
    if (!ended) return Error{ended.error()};
    return std::string(R"({"noted":true})");
  });
}

// Of the attempts that a node has found traces of: those that are its own by our books. The cluster and our epoch go
// with the answer, so that the node knows whose books they are.
void Questions::attempts_owned(const Asked& asked, const Ask& ask) {
  const Broker* core = doors_.core();
  if (core == nullptr) return refuse(asked, lost_seat);
  auto attempts = cleanup::read_attempts(ask.arguments);
  if (!attempts) return refuse(asked, "attempts are wanted as [job, number]");
  std::erase_if(*attempts, [&](AttemptId attempt) { return !core->is_at(asked.who.name, attempt); });
  doors_.say(asked.from, Answer{asked.id, true, "", std::make_shared<Bytes>(to_json(cleanup::OwnedAnswer{core->cluster(), core->epoch(), *std::move(attempts)}))});
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
