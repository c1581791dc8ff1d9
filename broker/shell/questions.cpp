#include "broker/shell/questions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "common/log/log.hpp"

namespace cadre {

namespace {

// To others a job does not exist: the same words as for one that never was.
bool may_see(const Identity& who, const JobFacts& facts) { return who.role == Role::admin || facts.row.client == who.name; }

std::string no_such_job(const std::string& named) {
  return fmt::format("there is no job '{}'; `cadre job list` shows jobs, and key:NAME finds one by its submit key", named);
}

}  // namespace

void Questions::answer(const Asked& asked, const Json& json) {
  auto bytes = std::make_shared<Bytes>(views::dump(json));
  if (bytes->size() > limits::answer_bytes_max) return refuse(asked, "the answer would be too large; ask for less");
  doors_.say(asked.from, Answer{asked.id, true, "", std::move(bytes)});
}

void Questions::refuse(const Asked& asked, const std::string& why) {
  doors_.say(asked.from, Answer{asked.id, false, why.substr(0, limits::text_bytes_max), nullptr});
}

void Questions::ask(PeerId from, const Identity& who, const Ask& ask) {
  const Asked asked{from, who, ask.id};
  const Broker* core = doors_.core();
  if (core == nullptr) return refuse(asked, "the broker is starting, or waits for its database or its seat; try again");
  const Json arguments = Json::parse(ask.arguments.empty() ? "{}" : ask.arguments, nullptr, false);
  if (!arguments.is_object()) return refuse(asked, "the arguments are not a JSON object");
  const std::string& q = ask.question;
  if (q == "key.mine") return answer(asked, views::introduction(*core, who, doors_.now()));
  if (who.role == Role::worker) return turn(asked, ask);
  const bool admin = who.role == Role::admin;
  if (q == "status") return status(asked);
  if (q == "job.show") return job_show(asked, arguments);
  if (q == "job.list") return job_list(asked, arguments);
  if (q == "job.why") return job_why(asked, arguments);
  if (q == "job.retry") return job_retry(asked, arguments);
  if (q == "node.list") return answer(asked, views::nodes(*core, doors_.now()));
  if (q == "engine.list") return answer(asked, views::engines(*core, doors_.now()));
  if (q == "cleanup.status" || q == "cleanup.forecast" || q == "lease.list") return clean_up(asked, q, arguments);
  if (q == "job.keep" || q == "job.unkeep") return job_keep(asked, arguments, q == "job.keep");
  const bool cleans = q == "cleanup.run" || q == "cleanup.dry_run" || q == "cleanup.look" || q == "cleanup.seen" || q == "lease.break";
  const bool admins = cleans || q == "node.cordon" || q == "node.uncordon" || q == "node.remove" || q == "job.missing" || q == "key.list" || q == "key.admit" || q == "key.revoke" || q == "log.level";
  if (admins && !admin)
    return refuse(asked, fmt::format("'{}' is for administrators; the key of '{}' is admitted as {}", q, who.name, to_string(who.role)));
  if (cleans) return clean_up(asked, q, arguments);
  if (q == "job.missing") return answer(asked, views::missing(*core));
  if (q == "node.cordon") return cordon(asked, arguments, true);
  if (q == "node.uncordon") return cordon(asked, arguments, false);
  if (q == "node.remove") return remove_node(asked, arguments);
  if (q == "key.admit") return key_change(asked, arguments, false);
  if (q == "key.revoke") return key_change(asked, arguments, true);
  if (q == "log.level") return log_level(asked, arguments);
  if (q == "key.list") return key_list(asked);
  refuse(asked, fmt::format("this broker does not know the question '{}'", q));
}

void Questions::status(const Asked& asked) {
  Json json = views::status(*doors_.core(), doors_.now());
  if (doors_.monitor != nullptr && doors_.monitor->on()) json["monitor"] = {{"at", doors_.monitor->place()}, {"trouble", doors_.monitor->trouble()}};
  json["warnings"] = doors_.warnings;
  answer(asked, json);
}

// A job named by its id, or by key:NAME.
void Questions::with_job(const Asked& asked, const Json& arguments, With with, std::function<void(JobFacts&)> then) {
  const std::string named = text(arguments, "job");
  const auto id = parse_job_id(named);
  const bool by_key = named.starts_with("key:");
  if (!id && !by_key) return refuse(asked, fmt::format("'{}' is not a job: EPOCH-SEQUENCE or key:NAME was wanted", named));
  const std::string client = asked.who.role == Role::admin ? "" : asked.who.name;
  read<std::optional<JobFacts>>(
      asked,
      [=](Store& store) -> Stored<std::optional<JobFacts>> {
        JobId job = id.value_or(JobId{});
        if (by_key) {
          auto found = store.find_key(client, named.substr(4));
          if (auto* away = std::get_if<Away>(&found)) return *away;
          job = std::get<JobId>(found);
        }
        return store.facts(job, with);
      },
      [this, asked, named, then = std::move(then)](std::optional<JobFacts>& facts) {
        if (!facts || !may_see(asked.who, *facts)) return refuse(asked, no_such_job(named));
        then(*facts);
      });
}

void Questions::job_show(const Asked& asked, const Json& arguments) {
  with_job(asked, arguments, With::output, [this, asked](JobFacts& facts) {
    if (const Broker* core = doors_.core()) answer(asked, views::job(facts, *core, doors_.now(), true));
  });
}

void Questions::job_why(const Asked& asked, const Json& arguments) {
  with_job(asked, arguments, With::facts, [this, asked](JobFacts& facts) {
    const Broker* core = doors_.core();
    if (core == nullptr) return refuse(asked, lost_seat);
    const auto why = core->why(doors_.now(), facts.row.id);
    Json json{{"job", to_string(facts.row.id)}};
    json["state"] = facts.outcome ? to_string(facts.outcome->state) : core->find(facts.row.id) ? to_string(core->find(facts.row.id)->state) : "";
    json["why"] = facts.outcome ? "it has ended: " + std::string(to_string(facts.outcome->state)) : why.headline;
    json["nodes"] = why.lines;
    answer(asked, json);
  });
}

void Questions::job_retry(const Asked& asked, const Json& arguments) {
  with_job(asked, arguments, With::body, [this, asked](JobFacts& facts) {
    if (!facts.outcome) return refuse(asked, fmt::format("{} has not ended; a job is repeated only after its end", to_string(facts.row.id)));
    if (facts.payload_gone)
      return refuse(asked, fmt::format("the payload of {} is not kept any more (cleanup.keep_results on the master); hand the job in anew", to_string(facts.row.id)));
    doors_.step(RetryJob{asked.from, asked.who, asked.id, facts.row});
  });
}

void Questions::cordon(const Asked& asked, const Json& arguments, bool cordoned) {
  doors_.step(Cordon{asked.from, asked.id, text(arguments, "node"), cordoned});
}

// With a key that is let in it would be listed again, at the latest from the broker's next start on.
void Questions::remove_node(const Asked& asked, const Json& arguments) {
  const std::string node = text(arguments, "node");
  read<std::vector<KeyRow>>(asked, [](Store& store) { return store.load_keys(); }, [this, asked, node](std::vector<KeyRow>& rows) {
    const auto lets_in = [&](const KeyRow& row) { return !row.revoked && row.role == Role::worker && row.name == node; };
    if (const auto key = std::ranges::find_if(rows, lets_in); key != rows.end())
      return refuse(asked, fmt::format("the key of {} is still admitted: revoke it first, cadre key revoke -- '{}'", node, key->public_key));
    doors_.step(RemoveNode{asked.from, asked.id, node});
  });
}

void Questions::log_level(const Asked& asked, const Json& arguments) {
  constexpr std::array words{"trace", "debug", "info", "warn", "error"};
  const auto place = std::find(words.begin(), words.end(), text(arguments, "level"));
  if (place == words.end()) return refuse(asked, "a level is wanted: trace, debug, info, warn or error");
  log::set_level(static_cast<log::Level>(place - words.begin()));
  answer(asked, Json{{"level", *place}});
}

void Questions::fetch_result(PeerId from, const Identity& who, const FetchResult& fetch) {
  const auto say = [this, from, fetch](bool ok, const std::string& error, OutputPtr output) {
    doors_.say(from, ResultAnswer{fetch.id, fetch.job, ok, error, std::move(output)});
  };
  const bool posted = doors_.reader.post([=, this](Store& store) -> StoreThread::Completion {
    auto found = std::make_shared<Stored<std::optional<JobFacts>>>(store.facts(fetch.job, With::output));
    return [=] {
      const auto* facts = std::get_if<std::optional<JobFacts>>(&*found);
      if (facts == nullptr) return say(false, "the database is away; try again", nullptr);
      if (!*facts || !may_see(who, **facts)) return say(false, no_such_job(to_string(fetch.job)), nullptr);
      const auto& outcome = (*facts)->outcome;
      if (!outcome) return say(false, fmt::format("{} has not ended yet; `cadre job wait` waits for it", to_string(fetch.job)), nullptr);
      if (outcome->state != JobState::done)
        return say(false, fmt::format("{} is {}: it has no result; `cadre job show` says why", to_string(fetch.job), to_string(outcome->state)), nullptr);
      if ((*facts)->result_gone)
        return say(false, fmt::format("the result of {} is not kept any more (cleanup.keep_results on the master); `cadre job show` tells what is known", to_string(fetch.job)), nullptr);
      say(true, "", outcome->end.output);
    };
  });
  if (!posted) say(false, "too many questions are waiting; try again", nullptr);
}

// Says nothing where the store is away, the reader has too much to do, or the job stands between two steps: the client
// asks again. It also asks again where the database is slow; what is under way already is not looked up a second time then,
// or the repetitions would come faster than they are worked off, and crowd out everybody else's questions.
void Questions::look_up(const Lookup& lookup) {
  const auto key = std::tuple(lookup.to, lookup.job, lookup.watch, lookup.cancel);
  if (!looking_up_.insert(key).second) return;
  const bool posted = doors_.reader.post([this, lookup, key](Store& store) -> StoreThread::Completion {
    auto found = std::make_shared<Stored<std::optional<JobFacts>>>(
        store.facts(lookup.job, lookup.watch == Watch::result ? With::output : With::facts));
    return [this, lookup, key, found] {
      looking_up_.erase(key);
      const auto* facts = std::get_if<std::optional<JobFacts>>(&*found);
      if (facts == nullptr) return;
      const bool known = facts->has_value() && may_see(lookup.who, **facts);
      if (known && !(*facts)->outcome) return;
      const OutcomeRow row = known ? *(*facts)->outcome : OutcomeRow{};
      if (lookup.cancel) return doors_.say(lookup.to, Cancelled{{{lookup.job, known, known ? row.state : JobState::cancelled}}});
      Notice notice{lookup.job, row.state, row.reason, row.end.attempt.number, row.node, row.end.cause, row.end.code,
                    row.end.message, "", {}, row.end.output, !known, known && (*facts)->result_gone};
      doors_.say(lookup.to, Notices{{std::move(notice)}});
    };
  });
  if (posted) return;
  looking_up_.erase(key);
  log::debug("lookup_dropped", {{"job", to_string(lookup.job)}});
}

}  // namespace cadre
