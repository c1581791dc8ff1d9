#include "tests/sim/sweeper.hpp"

namespace cadre::sim {

namespace {
constexpr std::size_t batch = 2;  // names removed under one permit
}

void Sweeper::started() {
  turn_.emplace();
  asked_.clear();
  inbox_.clear();
  to_remove_.clear();
  running_.clear();
  announced_ = false;
  std::vector<std::string> emptied;
  for (const auto& [path, thing] : spool_.things())
    if (thing.attempt && world_.cleans() && world_.rng().chance(0.5)) emptied.push_back(path);
  for (const auto& path : emptied) spool_.remove(path);
}

void Sweeper::engine_started(AttemptId attempt) {
  if (!world_.cleans()) return;
  running_.insert(attempt);
  spool_.make(attempt, world_.time());
}

void Sweeper::engine_ended(AttemptId attempt) {
  if (!world_.cleans()) return;
  running_.erase(attempt);
  if (!world_.storming() || world_.rng().chance(0.8)) spool_.remove(cleanup::attempt_path(attempt));
}

// Strangers put things down, and go on writing to some of them.
void Sweeper::weather() {
  if (!world_.storming()) return;
  if (world_.rng().chance(0.02)) spool_.plant("stray-" + std::to_string(++strays_), world_.time());
  if (!spool_.things().empty() && world_.rng().chance(0.05)) {
    auto thing = spool_.things().begin();
    std::advance(thing, world_.rng().below(spool_.things().size()));
    spool_.touch(std::string(thing->first), world_.time());
  }
}

void Sweeper::tick(const cleanup::SweepPlace& place) {
  weather();
  while (!inbox_.empty()) {
    const auto input = std::move(inbox_.front());
    inbox_.pop_front();
    step(place, input);
  }
  step(place, cleanup::SweepTick{});
}

// What the checker calls a reading: whatever the machine makes of it.
void Sweeper::hear(const cleanup::SweepPlace& place, const Answer& answer) {
  if (const auto asked = asked_.find(answer.id); asked != asked_.end()) {
    const auto told = answer.ok && answer.json ? cleanup::read_owned_answer(*answer.json) : std::nullopt;
    if (told && told->cluster == cluster_name && place.welcomed && told->epoch == place.epoch)
      world_.cleanup_checker().reading(world_.time(), worker_.name(), asked->second, told->owned);
    asked_.erase(asked);
  }
  step(place, answer);
}

void Sweeper::step(const cleanup::SweepPlace& place, const cleanup::SweepInput& input) {
  owned_ = place.owned;
  cleanup::SweepEffects effects;
  turn_->step(place, input, effects);
  for (auto& message : effects.sends) {
    const auto& ask = std::get<Ask>(message);
    if (ask.question != "turn.take") world_.trace()("{} asks {} {}", worker_.name(), ask.question, ask.arguments);
    if (ask.question == "turn.owned") asked_[ask.id] = *cleanup::read_attempts(ask.arguments);
    if (ask.question == "turn.renew" || std::holds_alternative<cleanup::BatchWanted>(input)) permit_asked_ = world_.time();
    sends_.push_back(std::move(message));
  }
  if (effects.trouble) world_.trace()("{} cannot sweep: {}", worker_.name(), *effects.trouble);
  if (effects.swept) world_.trace()("{} has swept {} files {}", worker_.name(), effects.swept->files, effects.swept->error);
  if (effects.cleaning) announcement_ = announced_ = *effects.cleaning;
  if (effects.look) {  // it has taken the answer for its turn; an old one that comes twice it has not
    const auto told = *cleanup::read_turn_answer(*std::get<Answer>(input).json);
    only_looks_ = !told.granted;
    if (told.granted) held_ = {files_duty(worker_.name()), told.turn.epoch, told.turn.place, told.turn.place_epoch};
  }
  if (effects.look) later([this] { inbox_.push_back(cleanup::Looked{spool_.look(), world_.rng().chance(0.05) ? "it could not be read" : ""}); });
  if ((effects.remove && only_looks_) || (effects.try_out && !only_looks_)) world_.fail("C10 " + worker_.name() + " removes where it should only look, or the other way round");
  if (effects.try_out) later([this] { inbox_.push_back(cleanup::Tried{}); });
  if (effects.remove) {
    to_remove_.assign(effects.remove->entries.begin(), effects.remove->entries.end());
    removed_ = 0;
    want_batch();
  }
  if (!effects.permit) return;
  if (*effects.permit) return later([this] { remove_batch(); });
  world_.cleanup_checker().saw(Cleaned::permit_refused);
  cleanup::FilesDone done;
  done.files = removed_;
  done.error = "the turn ended";
  later([this, done] { inbox_.push_back(cleanup::Swept{done}); });
}

void Sweeper::later(std::function<void()> what) {
  world_.after(world_.rng().between(1ms, 900ms), [this, what = std::move(what), life = worker_.life()] {
    if (worker_.alive() && worker_.life() == life) worker_.run(what);
  });
}

void Sweeper::want_batch() {
  later([this] { inbox_.push_back(cleanup::BatchWanted{}); });
}

void Sweeper::remove_batch() {
  const cleanup::Owned owned = owned_();
  for (std::size_t left = batch; left > 0 && !to_remove_.empty(); --left) {
    const cleanup::Entry entry = std::move(to_remove_.front());
    to_remove_.pop_front();
    const auto* thing = spool_.same(entry);
    if (thing == nullptr) {
      world_.cleanup_checker().saw(Cleaned::changed_file_spared);
      continue;
    }
    const bool in_use = thing->attempt && (running_.contains(*thing->attempt) || owned.has(entry.path));
    world_.cleanup_checker().removed(world_.time(), worker_.name(), held_, {entry.path, thing->attempt, thing->changed, in_use, announced_, permit_asked_});
    world_.trace()("{} removes {}", worker_.name(), entry.path);
    spool_.remove(entry.path);
    ++removed_;
  }
  if (!to_remove_.empty()) return want_batch();
  cleanup::FilesDone done;
  done.files = removed_;
  later([this, done] { inbox_.push_back(cleanup::Swept{done}); });
}

std::size_t Sweeper::orphans(const cleanup::Owned& owned) const {
  std::size_t count = 0;
  for (const auto& [path, thing] : spool_.things()) count += owned.has(path) ? 0 : 1;
  return count;
}

}  // namespace cadre::sim
