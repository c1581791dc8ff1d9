#include "tests/script/broker_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/overloaded.hpp"
#include "tests/script/script.hpp"

namespace cadre::script {

namespace {

using Sayings = std::vector<std::string>;

// How long the words for people are: enough to know which sentence it is.
std::string quoted(const std::string& reason) { return reason.empty() ? "" : fmt::format(" \"{}\"", reason); }

std::string files(const OutputPtr& output) {
  std::string text;
  if (output)
    for (const auto& file : *output) text += fmt::format(" {}={}", file.name, file.bytes);
  return text;
}

std::string words_of(const AttemptEnd& end) {
  return fmt::format("{}{}", to_string(end.kind), cause_words(end.cause, end.code));
}

void rows(const Batch& batch, Sayings& out) {
  for (const auto& row : batch.jobs)
    out.push_back(fmt::format("write {}{}", name_of(row.id), row.first.node.empty() ? "" : " and its first attempt, to " + row.first.node));
  for (const auto& row : batch.attempts) out.push_back(fmt::format("write {} to {}", name_of(row.attempt), row.holder.node));
  for (const auto& row : batch.ends) {
    const std::string retry = row.retry_after == Duration{} ? "at once" : "in " + to_string(row.retry_after);
    out.push_back(fmt::format("write {} {}, again {}", name_of(row.end.attempt), words_of(row.end), retry));
  }
  for (const auto& row : batch.outcomes) {
    const std::string by = row.end.attempt.number == 0 ? "" : fmt::format(" by {} on {}", name_of(row.end.attempt), row.node);
    const std::string reason = row.reason == Reason::none || row.reason == Reason::cancelled ? "" : fmt::format(" {}", to_string(row.reason));
    out.push_back(fmt::format("write {} {}{}{}{}", name_of(row.job), to_string(row.state), reason, by, files(row.end.output)));
  }
  for (const auto& row : batch.retried) out.push_back(fmt::format("write {} retried as {}", name_of(row.old_job), name_of(row.new_job)));
  for (const auto& row : batch.nodes) out.push_back(fmt::format("write node {} {}", row.node, row.removed ? "removed" : row.cordoned ? "cordoned" : "uncordoned"));
  for (const auto& row : batch.keys) out.push_back(fmt::format("write key of {} {}", row.name, row.revoked ? "revoked" : "admitted"));
  for (const auto& row : batch.missing)
    out.push_back(fmt::format("write {} missing, {} on {}", name_of(row.attempt), row.end ? to_string(*row.end) : "running", row.node));
  for (const auto& row : batch.checkpoints) {
    Sayings open;
    for (const auto& [first, last] : row.open) open.push_back(first == last ? name_of(first) : name_of(first) + ".." + name_of(last));
    out.push_back(fmt::format("write checkpoint upto {} open [{}]", name_of(row.upto), fmt::join(open, " ")));
  }
}

std::string words_of(const SubmitAnswer& answer) {
  switch (answer.standing) {
    case Standing::accepted: return fmt::format("accepted {} {}", answer.key, name_of(answer.job));
    case Standing::repeat: return fmt::format("repeat {} {}", answer.key, name_of(answer.job));
    case Standing::refused: return fmt::format("refused {}{}", answer.key, quoted(answer.reason));
    case Standing::retry_later: return fmt::format("retry_later {} {}{}", answer.key, to_string(answer.retry_after), quoted(answer.reason));
  }
  return "";
}

std::string words_of(const Notice& notice) {
  std::string text = fmt::format("notice {}", name_of(notice.job));
  if (notice.unknown) return text + " unknown";
  text += fmt::format(" {}", to_string(notice.state));
  if (notice.reason != Reason::none && notice.reason != Reason::cancelled) text += fmt::format(" {}", to_string(notice.reason));
  text += cause_words(notice.cause, notice.code);
  if (notice.retry_after != Duration{}) text += " again in " + to_string(notice.retry_after);
  return text + files(notice.output);
}

std::string words_of(const Assignment& job) {
  std::string text = fmt::format("assign {}", name_of(job.attempt));
  if (job.start_within != Duration{}) text += " within " + to_string(job.start_within);
  return text;
}

template <class Item>
void each(const std::vector<Item>& items, const std::string& to, Sayings& out) {
  for (const auto& item : items) out.push_back(words_of(item) + to);
}

void message(const Send& send, const PeerName& peer, Sayings& out) {
  const std::string to = " to " + peer(send.to);
  std::visit(Overloaded{
                 [&](const Welcome&) { out.push_back("welcome" + to); },
                 [&](const Greet&) { out.push_back("greet" + to); },
                 [&](const BeatHeard&) { out.push_back("heard" + to); },
                 [&](const Assign& m) { each(m.jobs, to, out); },
                 [&](const Noted& m) {
                   for (const auto& note : m.notes)
                     out.push_back(fmt::format("noted {} {}{}", name_of(note.attempt), note.standing == NoteStanding::counted ? "counted" : "stale", to));
                 },
                 [&](const Abandon& m) {
                   for (const auto attempt : m.attempts) out.push_back(fmt::format("abandon {}{}", name_of(attempt), to));
                 },
                 [&](const Submitted& m) { each(m.answers, to, out); },
                 [&](const Notices& m) { each(m.notices, to, out); },
                 [&](const Cancelled& m) {
                   for (const auto& answer : m.answers) out.push_back(fmt::format("{} {}{}", to_string(answer.state), name_of(answer.job), to));
                 },
                 [&](const Answer& m) { out.push_back(fmt::format("answer {}{}", m.ok ? "yes" : "no" + quoted(m.error), to)); },
                 [&](const Refusal& m) { out.push_back(fmt::format("refusal{}{}{}", m.final ? " for good" : "", quoted(m.reason), to)); },
                 [&](const auto&) { out.push_back(fmt::format("{}{}", name_of(send.message), to)); },
             },
             send.message);
}

}  // namespace

std::string cause_words(Cause cause, std::int32_t code) {
  if (cause == Cause::none) return "";
  if (cause == Cause::exit_code || cause == Cause::signal) return fmt::format(" {} {}", to_string(cause), code);
  return fmt::format(" {}", to_string(cause));
}

std::vector<std::string> words_of(const Effects& effects, const PeerName& peer) {
  Sayings out;
  if (effects.commit) rows(*effects.commit, out);
  for (const auto& row : effects.keys_changed) out.push_back(fmt::format("gate {} {}", row.name, row.revoked ? "shut" : "open"));
  for (const auto& send : effects.sends) message(send, peer, out);
  for (const auto& lookup : effects.lookups)
    out.push_back(fmt::format("look up {}{} for {}", name_of(lookup.job), lookup.cancel ? " (cancel)" : "", peer(lookup.to)));
  for (const auto id : effects.fetch) out.push_back("fetch " + name_of(id));
  if (effects.exit) out.push_back("exit: " + *effects.exit);
  return out;
}

}  // namespace cadre::script
