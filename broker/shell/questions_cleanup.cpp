// What people ask about clean-up and leases, and what they want of them: answered by the office, from the database.
#include <algorithm>

#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "broker/shell/questions.hpp"

namespace cadre {

namespace {

constexpr const char* no_office = "this broker keeps its jobs in memory only: nothing is kept, nothing is cleaned";
constexpr const char* too_many = "too many questions are waiting; try again";

std::vector<std::string> nodes_here(const Broker& core) {
  std::vector<std::string> names;
  for (const auto& [name, worker] : core.workers())
    if (worker.route) names.emplace_back(core.names().text(name));
  return names;
}

}  // namespace

// Answers with the JSON that `work` returns.
void Questions::at_office(const Asked& asked, std::function<Result<std::string>(cleanup::Office&)> work) {
  if (doors_.office == nullptr) return refuse(asked, no_office);
  const bool posted = doors_.office->post([this, asked, work = std::move(work)](cleanup::Office& office) -> WorkThread<cleanup::Office>::Completion {
    auto found = std::make_shared<Result<std::string>>(work(office));
    return [this, asked, found] {
      if (!*found) return refuse(asked, found->error());
      doors_.say(asked.from, Answer{asked.id, true, "", std::make_shared<Bytes>(**found)});
    };
  });
  if (!posted) refuse(asked, too_many);
}

void Questions::clean_up(const Asked& asked, const std::string& question, const Json& arguments) {
  const WallTime wall = doors_.now().wall;
  if (question == "cleanup.status") return at_office(asked, [wall](cleanup::Office& office) { return office.status(wall); });
  if (question == "cleanup.forecast") return at_office(asked, [wall](cleanup::Office& office) { return office.forecast(wall); });
  if (question == "cleanup.dry_run")
    return at_office(asked, [listed = number(arguments, "jobs", 0)](cleanup::Office& office) { return office.would_go(listed); });
  if (question == "cleanup.look") return look_at_spools(asked, text(arguments, "node"));
  if (question == "cleanup.seen") return spools_seen(asked, arguments);
  if (question == "lease.list") return at_office(asked, [](cleanup::Office& office) { return office.leases(); });
  const std::string name = text(arguments, question == "lease.break" ? "lease" : "duty");
  if (question == "lease.break") return at_office(asked, [name](cleanup::Office& office) { return office.break_lease(name); });
  // A worker that has just come has not asked for a turn yet, and a person may already want one.
  const auto* core = doors_.core();
  const bool known = core != nullptr && std::ranges::any_of(nodes_here(*core), [&name](const auto& node) { return db::files_duty(node) == name; });
  at_office(asked, [name, known](cleanup::Office& office) { return office.want_turn(name, known); });
}

// What a worker asks, about its own node's turn only: which node that is, its key says.
void Questions::turn(const Asked& asked, const Ask& ask) {
  const std::string& node = asked.who.name;
  const Now now = doors_.now();
  if (ask.question == "turn.take") return turn_take(asked, ask);
  if (ask.question == "turn.owned") return attempts_owned(asked, ask);
  if (ask.question == "turn.seen") return turn_seen(asked, ask);
  const auto turn = cleanup::read_turn(ask.arguments);
  if (!turn) return senseless(asked, ask);
  if (ask.question == "turn.renew")
    return at_office(asked, [=](cleanup::Office& office) -> Result<std::string> {
      const auto ours = office.renew_files_turn(node, *turn);
      if (!ours) return Error{ours.error()};
      return to_json(*ours);
    });
  const auto done = cleanup::read_files_done(ask.arguments);
  if (ask.question != "turn.end") return refuse(asked, fmt::format("'{}' is not a question for workers", ask.question));
  if (!done) return senseless(asked, ask);
  at_office(asked, [=](cleanup::Office& office) -> Result<std::string> {
    const auto ended = office.end_files_turn(node, *turn, *done, now.wall);
    if (!ended) return Error{ended.error()};
    return std::string(R"({"noted":true})");
  });
}

void Questions::senseless(const Asked& asked, const Ask& ask) {
  refuse(asked, fmt::format("the arguments of '{}' make no sense; PROTOCOL.md says what is wanted", ask.question));
}

// Its turn; or where it is not its time, a look at its spool for somebody who wants to know.
void Questions::turn_take(const Asked& asked, const Ask& ask) {
  const auto wanted = cleanup::read_turn_wanted(ask.arguments);
  if (!wanted) return senseless(asked, ask);
  const std::string& node = asked.who.name;
  const std::string holder = fmt::format("{} cadre-worker {}", node, wanted->session);
  if (const auto look = looks_.wanted(node, doors_.now().boot); look && doors_.core() != nullptr) {
    cleanup::TurnAnswer answer;
    answer.look = look->number;
    answer.grace = look->grace;
    answer.cluster = doors_.core()->cluster();
    return doors_.say(asked.from, Answer{asked.id, true, "", std::make_shared<Bytes>(to_json(answer))});
  }
  const std::size_t here = doors_.core() != nullptr ? nodes_here(*doors_.core()).size() : 1;
  at_office(asked, [=, urgent = wanted->urgent, now = doors_.now()](cleanup::Office& office) -> Result<std::string> {
    const auto answer = office.take_files_turn(node, holder, urgent, here, now);
    if (!answer) return Error{answer.error()};
    return to_json(*answer);
  });
}

// At the spool of one node, or of every node that is here. Only the nodes themselves know what lies there, and they come
// every few seconds; what they have told is asked for by the looks' numbers.
void Questions::look_at_spools(const Asked& asked, const std::string& node) {
  if (doors_.office == nullptr) return refuse(asked, no_office);
  const bool posted = doors_.office->post([this, asked, node](cleanup::Office& office) -> WorkThread<cleanup::Office>::Completion {
    return [this, asked, node, grace = office.files_grace()] {
      const Broker* core = doors_.core();
      if (!grace || core == nullptr) return refuse(asked, grace ? lost_seat : grace.error());
      Json looks = Json::object();
      for (const std::string& here : nodes_here(*core))
        if (node.empty() || node == here) looks[here] = looks_.want(here, *grace, doors_.now().boot);
      if (looks.empty() && !node.empty())
        return refuse(asked, fmt::format("no worker '{}' is here now, and only it knows what lies in its spool; `cadre node list` shows who is here", node));
      answer(asked, Json{{"looks", looks}});
    };
  });
  if (!posted) refuse(asked, too_many);
}

void Questions::spools_seen(const Asked& asked, const Json& arguments) {
  const auto looks = arguments.find("looks");
  if (looks == arguments.end() || !looks->is_object()) return refuse(asked, "the numbers are wanted that cleanup.look answered with, as looks: {NODE: NUMBER}");
  Json seen = Json::object();
  for (const auto& [node, number] : looks->items())
    if (const auto told = number.is_number_unsigned() ? looks_.seen(node, number.get<std::uint64_t>()) : nullptr) seen[node] = Json::parse(*told);
  answer(asked, Json{{"seen", seen}});
}

void Questions::turn_seen(const Asked& asked, const Ask& ask) {
  const auto seen = cleanup::read_files_seen(ask.arguments);
  if (!seen) return senseless(asked, ask);
  looks_.told(asked.who.name, seen->look, to_json(*seen));
  answer(asked, Json{{"noted", true}});
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
