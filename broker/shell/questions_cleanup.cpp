// What people ask about clean-up and leases, and what they want of them: answered by the office, from the database.
#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "broker/shell/questions.hpp"

namespace cadre {

namespace {
constexpr std::size_t left_max = 64;  // sentences about what a node could not remove
}

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
  at_office(asked, [name, wall](cleanup::Office& office) { return office.want_turn(name, wall); });
}

// What a worker asks, about its own node's turn only: which node that is, its key says.
void Questions::turn(const Asked& asked, const std::string& question, const Json& arguments) {
  const std::string& node = asked.who.name;
  const WallTime wall = doors_.now().wall;
  const auto number = [&arguments](const char* key) { return arguments.contains(key) && arguments[key].is_number_unsigned() ? arguments[key].get<std::uint64_t>() : 0; };
  const cleanup::FilesTurn turn{number("epoch"), static_cast<std::uint32_t>(number("place")), number("place_epoch")};
  if (question == "turn.take") {
    const std::string holder = fmt::format("{} cadre-worker {}", node, text(arguments, "session"));
    const bool urgent = arguments.value("urgent", Json(false)) == Json(true);
    return at_office(asked, [=](cleanup::Office& office) { return office.take_files_turn(node, holder, urgent, wall); });
  }
  if (question == "turn.renew") return at_office(asked, [=](cleanup::Office& office) { return office.renew_files_turn(node, turn); });
  if (question == "turn.owned") return attempts_owned(asked, arguments);
  if (question == "turn.end") {
    cleanup::FilesDone done{number("files"), number("bytes"), {}, text(arguments, "error")};
    for (const auto& left : arguments.value("left", Json::array()))
      if (left.is_string() && done.left.size() < left_max) done.left.push_back(left.get<std::string>());
    return at_office(asked, [=](cleanup::Office& office) { return office.end_files_turn(node, turn, done, wall); });
  }
  refuse(asked, fmt::format("'{}' is not a question for workers", question));
}

// Of the attempts that a node has found traces of: those that are its own by our books. The cluster and our epoch go
// with the answer, so that the node knows whose books they are.
void Questions::attempts_owned(const Asked& asked, const Json& arguments) {
  const Broker* core = doors_.core();
  if (core == nullptr) return refuse(asked, lost_seat);
  Json owned = Json::array();
  for (const auto& one : arguments.value("attempts", Json::array())) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number_unsigned() || !one[1].is_number_unsigned()) return refuse(asked, "attempts are wanted as [job, number]");
    const AttemptId attempt{JobId{one[0].get<std::uint64_t>()}, static_cast<std::uint32_t>(one[1].get<std::uint64_t>())};
    if (core->is_at(asked.who.name, attempt)) owned.push_back(one);
  }
  answer(asked, {{"cluster", core->cluster()}, {"epoch", core->epoch().value}, {"owned", owned}});
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
