// What clients were told, against what is recorded.
#include <fmt/format.h>

#include "tests/soak/books.hpp"

namespace cadre::soak {

void Books::told(const Event& event) {
  const std::string name = event.job ? to_string(event.job) : "";
  const auto place = jobs_.find(event.job.value);
  const Book* book = place == jobs_.end() ? nullptr : &place->second;
  switch (event.what) {
    case What::accepted: case What::refused: return submit_told(event);
    case What::unanswered:
      unanswered_.insert({event.who, event.name});
      return;
    case What::told: {
      const Event*& seen = seen_[{event.who, event.job}];
      // 0: it ended while no attempt was running.
      if (seen != nullptr && ((event.number < seen->number && event.number != 0) || (is_final(seen->state) && (event.state != seen->state || event.number != seen->number))))
        broken(Promise::view_back, event, fmt::format("{} saw {} {} by attempt {}, and then {} by attempt {}", event.who, name, to_string(seen->state), seen->number, to_string(event.state), event.number));
      seen = &event;
      if (!is_final(event.state)) return;
      ++report_.told;
      const Event* outcome = book == nullptr ? nullptr : book->outcome;
      if (outcome == nullptr) return broken(Promise::told_otherwise, event, fmt::format("{} was told that {} is {}, and no end is recorded", event.who, name, to_string(event.state)));
      if (outcome->state != event.state || outcome->number != event.number)
        broken(Promise::told_otherwise, event, fmt::format("{} was told that {} is {} by attempt {}; recorded is {} by attempt {}", event.who, name, to_string(event.state), event.number, to_string(outcome->state), outcome->number));
      if (event.digest != 0 && event.digest != outcome->digest) broken(Promise::wrong_result, event, fmt::format("{} was given another result of {} than is recorded", event.who, name));
      if (early(event, *outcome)) broken(Promise::told_too_early, event, fmt::format("{} was told the end of {} before it was written", event.who, name));
      return;
    }
    case What::told_unknown:
      if (book == nullptr || book->in == nullptr) return;
      if (book->out == nullptr || early(event, *book->out)) return broken(Promise::told_otherwise, event, fmt::format("{} was told that {} is not known, and it was there", event.who, name));
      ++report_.told_unknown;
      return;
    case What::cancel_told: {
      const Event* outcome = book == nullptr ? nullptr : book->outcome;
      if (outcome == nullptr || outcome->state != event.state)
        broken(Promise::told_otherwise, event, fmt::format("{} cancelled {} and was told that it is {}; recorded is {}", event.who, name, to_string(event.state), outcome == nullptr ? "nothing" : to_string(outcome->state)));
      return;
    }
    case What::kept:
      ++report_.kept;
      if (book == nullptr || !book->kept) broken(Promise::told_otherwise, event, fmt::format("{} was told that {} is kept, and it is not", event.who, name));
      return;
    default: return;
  }
}

void Books::submit_told(const Event& event) {
  const Key key{event.who, event.name};
  const auto found = stored_.find(key);
  const Event* row = found == stored_.end() ? nullptr : found->second.front();
  if (event.what == What::refused) {
    ++report_.refused;
    if (event.definite && row != nullptr && row->digest == event.digest)
      broken(Promise::lied, event, fmt::format("{} was told that {} is refused for good ({}); it is stored as {}", event.who, event.name, event.note, to_string(row->job)));
    return;
  }
  const auto [before, fresh] = accepted_.emplace(key, event.job);
  if (!fresh && before->second != event.job)
    broken(Promise::duplicate_key, event, fmt::format("{} got {} and {} for the key {}", event.who, to_string(before->second), to_string(event.job), event.name));
  const std::string name = to_string(event.job);
  if (row == nullptr) return broken(Promise::lost, event, fmt::format("{} was accepted as {}, and was never stored", event.name, name));
  const auto held = has_key_.find(key);
  if (held == has_key_.end() || held->second != event.job)
    broken(Promise::lost, event, fmt::format("{} was accepted as {}; its key {}", event.name, name, held == has_key_.end() ? "is not stored" : "names " + to_string(held->second)));
  if (row->job != event.job) broken(Promise::told_otherwise, event, fmt::format("{} was accepted as {} and stored as {}", event.name, name, to_string(row->job)));
  if (row->digest != event.digest) broken(Promise::conflict_accepted, event, fmt::format("the key {} holds another payload than was accepted as {}", event.name, name));
  if (early(event, *row)) broken(Promise::told_too_early, event, name + " was accepted before it was written");
}

}  // namespace cadre::soak
