// Turns of nodes that have no database of their own to ask: the broker keeps the same lease rows for them.
#include <fmt/format.h>

#include "common/cleanup/duty.hpp"
#include "common/cleanup/office.hpp"
#include "common/cleanup/office_link.hpp"
#include "common/cleanup/run_row.hpp"

namespace cadre::cleanup {

namespace {

db::Turn turn_of(const std::string& node, const FilesTurn& turn) { return {db::files_duty(node), turn.epoch, turn.place, turn.place_epoch}; }

TurnAnswer refused(std::string why, WallTime next = {}) {
  TurnAnswer answer;
  answer.why = std::move(why);
  answer.next = next;
  return answer;
}

std::string held_by(const db::Held& held) {
  for (const auto& row : held.by)
    if (row.held()) return fmt::format("{} is with {}", row.resource, row.holder);
  return "another was faster";
}

}  // namespace

Result<TurnAnswer> Office::take_files_turn(const std::string& node, const std::string& holder, bool urgent, std::size_t nodes_here, const Now& now) {
  return with_link<TurnAnswer>([&](db::Link& link) -> db::Outcome<TurnAnswer> {
    const std::string duty = db::files_duty(node);
    auto added = db::add_duty(link, duty);
    if (const auto* trouble = trouble_of(added)) return *trouble;
    auto rules = read_rules(link);
    if (const auto* trouble = trouble_of(rules)) return *trouble;
    const auto& [policy, schedule, cluster] = std::get<Rules>(rules);
    auto facts = read_duty(link, duty);
    if (const auto* trouble = trouble_of(facts)) return *trouble;
    auto seat = seat_of(link, duty);
    if (const auto* trouble = trouble_of(seat)) return *trouble;
    const WallTime due = due_at(std::get<DutyFacts>(facts), now.wall, schedule, std::get<Seat>(seat), policy.spread);
    if (!urgent && due > now.wall) return refused("it is not due yet", due);
    auto taken = db::take_turn(link, duty, holder, policy.turn_ttl, places_of(policy, nodes_here), watch_.unmoved(now.boot, policy.turn_ttl));
    if (const auto* trouble = trouble_of(taken)) return *trouble;
    if (const auto* held = std::get_if<db::Held>(&std::get<0>(taken))) {
      for (const auto& row : held->by) watch_.denied(now.boot, row.resource, row.renewals);
      return refused(held_by(*held), due);
    }
    const auto& turn = std::get<db::Turn>(std::get<0>(taken));
    RunRow row;
    row.duty = duty;
    row.epoch = turn.epoch;
    row.node = node;
    row.holder = holder;
    row.began = now.wall;
    auto begun = row.begin(link);
    if (const auto* trouble = trouble_of(begun)) return *trouble;
    TurnAnswer answer;
    answer.granted = true;
    answer.cluster = cluster;
    answer.turn = {turn.epoch, turn.place, turn.place_epoch};
    answer.ttl = policy.turn_ttl;
    answer.grace = policy.files_grace;
    return answer;
  });
}

// For as long as the policy says by now: another broker may have written it since the grant.
Result<Renewed> Office::renew_files_turn(const std::string& node, const FilesTurn& turn) {
  return with_link<Renewed>([&](db::Link& link) -> db::Outcome<Renewed> {
    auto policy = read_policy(link);
    if (const auto* trouble = trouble_of(policy)) return *trouble;
    const Duration ttl = std::get<Policy>(policy).turn_ttl;
    auto ours = db::renew_turn(link, turn_of(node, turn), ttl);
    if (const auto* trouble = trouble_of(ours)) return *trouble;
    return Renewed{std::get<bool>(ours), ttl};
  });
}

Result<Done> Office::end_files_turn(const std::string& node, const FilesTurn& turn, const FilesDone& done, WallTime now) {
  return with_link<Done>([&](db::Link& link) -> db::Outcome<Done> {
    RunRow row;
    row.duty = db::files_duty(node);
    row.epoch = turn.epoch;
    row.ended = now;
    row.ok = done.error.empty();
    row.error = done.error;
    row.files = done.files;
    row.bytes = done.bytes;
    row.left = done.left;
    row.phase = "over";
    auto noted = row.note(link);
    if (const auto* trouble = trouble_of(noted)) return *trouble;
    return db::give_back(link, turn_of(node, turn));
  });
}

}  // namespace cadre::cleanup
