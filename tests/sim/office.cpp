#include "tests/sim/office.hpp"

#include "common/cleanup/turn_words.hpp"

namespace cadre::sim {

namespace {

Answer yes(const Ask& ask, std::string json) { return {ask.id, true, "", std::make_shared<Bytes>(std::move(json))}; }
Answer no(const Ask& ask, std::string why) { return {ask.id, false, std::move(why), nullptr}; }

LeaseTable::Turn turn_of(const std::string& node, const cleanup::FilesTurn& turn) { return {files_duty(node), turn.epoch, turn.place, turn.place_epoch}; }

}  // namespace

void Office::answer(Process& broker, const Broker& core, const std::string& node, const Ask& ask, std::function<void(Answer)> say) {
  if (world_->rng().chance(0.02)) return say(no(ask, "too many questions are waiting; try again"));
  if (ask.question == "turn.take") return take(broker, node, ask, std::move(say));
  if (ask.question == "turn.owned") return owned(core, node, ask, say);
  if (ask.question == "turn.seen") return seen(ask, say);
  const auto told = cleanup::read_turn(ask.arguments);
  if (!told) return world_->fail("a turn that nobody can read: " + ask.arguments);
  const LeaseTable::Turn turn = turn_of(node, *told);
  CleanupTables& clean = world_->clean();
  if (ask.question == "turn.renew") {
    const auto ours = std::make_shared<bool>();
    return world_->call_store(broker,
                             [this, &clean, ours, turn] {
                               *ours = clean.leases.renew(turn, turn_ttl, world_->store_clock());
                               world_->leases_changed();
                             },
                             [ask, say, ours](bool ok) { say(ok ? yes(ask, cleanup::to_json(cleanup::Renewed{*ours, turn_ttl})) : no(ask, "the database is away")); });
  }
  const auto done = cleanup::read_files_done(ask.arguments);
  if (ask.question != "turn.end" || !done) return world_->fail("a question that nobody can read: " + ask.question + " " + ask.arguments);
  const auto run = runs_[turn.duty];
  world_->call_store(broker,
                    [this, &clean, turn, run, ok = done->error.empty() && run.epoch == turn.epoch] {
                      clean.end_turn(turn, run, ok);
                      world_->leases_changed();
                    },
                    [ask, say](bool ok) { say(ok ? yes(ask, "{}") : no(ask, "the database is away")); });
}

void Office::take(Process& broker, const std::string& node, const Ask& ask, std::function<void(Answer)> say) {
  const auto wanted = cleanup::read_turn_wanted(ask.arguments);
  if (!wanted) return world_->fail("a wish for a turn that nobody can read: " + ask.arguments);
  const auto answer = std::make_shared<cleanup::TurnAnswer>();
  const Now now = broker.now();
  if (world_->rng().chance(0.05)) {  // somebody asks what a turn would remove
    answer->look = ++looks_;
    answer->cluster = cluster_name;
    answer->grace = world_->clean().policy.files_grace;
    return say(yes(ask, to_json(*answer)));
  }
  world_->call_store(broker,
                    [this, answer, node, now, session = wanted->session] {
                      CleanupTables& clean = world_->clean();
                      const std::string duty = files_duty(node);
                      clean.leases.add(duty);
                      if (clean.due(duty, now.wall, world_->tables().service) > now.wall) return;
                      const auto unmoved = watch_.unmoved(now.boot, turn_ttl);
                      const auto turn = clean.leases.take(duty, node + " " + session, turn_ttl, clean.policy.turns_max, world_->store_clock(), unmoved);
                      world_->leases_changed();
                      world_->trace()("{} {}", duty, turn ? "is granted" : "is denied");
                      if (!turn) {
                        world_->cleanup_checker().saw(Cleaned::turn_denied);
                        for (const auto& [resource, row] : clean.leases.rows()) watch_.denied(now.boot, resource, row.renewals);
                        return;
                      }
                      if (unmoved.contains(duty) || unmoved.contains(LeaseTable::place_name(turn->place))) world_->cleanup_checker().saw(Cleaned::stale_lease_taken);
                      runs_[duty] = {turn->epoch, now.wall, world_->tables().service};
                      answer->granted = true;
                      answer->cluster = cluster_name;
                      answer->turn = {turn->epoch, turn->place, turn->place_epoch};
                      answer->ttl = turn_ttl;
                      answer->grace = clean.policy.files_grace;
                    },
                    [ask, say, answer](bool ok) { say(ok ? yes(ask, to_json(*answer)) : no(ask, "the database is away")); });
}

void Office::seen(const Ask& ask, const std::function<void(Answer)>& say) {
  const auto told = cleanup::read_files_seen(ask.arguments);
  if (!told || told->look == 0) return world_->fail("what was seen in a spool, but nobody can read it: " + ask.arguments);
  if (told->goes.count > 0) world_->cleanup_checker().saw(Cleaned::dry_run);
  say(yes(ask, "{}"));
}

// Now and then it is the answer of a foreign cluster, which knows nothing of ours.
void Office::owned(const Broker& core, const std::string& node, const Ask& ask, const std::function<void(Answer)>& say) {
  auto attempts = cleanup::read_attempts(ask.arguments);
  if (!attempts) return world_->fail("attempts that nobody can read: " + ask.arguments);
  if (world_->rng().chance(0.05)) {
    world_->cleanup_checker().saw(Cleaned::foreign_answer);
    return say(yes(ask, to_json(cleanup::OwnedAnswer{"another", core.epoch(), {}})));
  }
  std::erase_if(*attempts, [&](AttemptId attempt) { return !core.is_at(node, attempt); });
  say(yes(ask, to_json(cleanup::OwnedAnswer{core.cluster(), core.epoch(), *std::move(attempts)})));
}

}  // namespace cadre::sim
