#include "worker/shell/loop.hpp"

#include <array>
#include <csignal>

#include <fmt/format.h>

#include "common/os/clock.hpp"

namespace cadre {

namespace {
constexpr Duration tick_every = 50ms;
constexpr Duration look_every = 2s;
constexpr Duration explain_every = 10s;
constexpr Duration stop_patience = 60s;          // running attempts may end; a second signal ends the patience
constexpr int messages_per_turn = 256;
constexpr int engine_rounds_per_turn = 128;      // built-in engines end as they start, and make room for the next
}  // namespace

WorkerLoop::WorkerLoop(WorkerSettings settings, Membership::Who who, Spool spool, net::Dealer dealer, std::unique_ptr<engine::Host> host,
                       engine::Catalog catalog, os::Signals& signals, WorkerMonitor monitor)
    : settings_(std::move(settings)),
      spool_(std::move(spool)),
      dealer_(std::move(dealer)),
      host_(std::move(host)),
      catalog_(std::move(catalog)),
      signals_(signals),
      key_watch_(settings_.key_file, settings_.door.keys ? settings_.door.keys->public_key : ""),
      monitor_(std::move(monitor)),
      core_(settings_.policy, std::move(who)),
      cleaner_(settings_.spool, {[this](Message message) { outgoing_.push_back({PeerId{}, std::move(message)}); }, [this](bool on) { step(Cleaning{on}); }}) {}

// Attempts that run, wait, or whose report is not noted yet: whatever is in the spool under their names is in use.
cleanup::Owned WorkerLoop::owned() const {
  cleanup::Owned owned;
  for (const AttemptId attempt : core_.held()) owned.attempt(attempt);
  for (const AttemptId attempt : core_.retained().list()) owned.attempt(attempt);
  return owned;
}

cleanup::SweepPlace WorkerLoop::place() const {
  const Membership& membership = core_.membership();
  return {now_.boot, membership.welcomed(), membership.epoch(), membership.who().session, !told_.empty(), [this] { return owned(); }};
}

void WorkerLoop::read_clock() {
  now_.boot = os::boot_now();
  now_.wall = os::wall_now();
}

int WorkerLoop::run() {
  read_clock();
  next_explanation_ = now_.boot + explain_every / 5;
  offer_engines();
  while (!exit_code_) {
    std::array<zmq::pollitem_t, 4> items{{{dealer_.handle(), 0, ZMQ_POLLIN, 0},
                                          {nullptr, host_->fd(), ZMQ_POLLIN, 0},
                                          {nullptr, signals_.fd(), ZMQ_POLLIN, 0},
                                          {nullptr, cleaner_.fd(), ZMQ_POLLIN, 0}}};
    Instant until = next_tick_;
    if (const auto deadline = host_->next_deadline()) until = std::min(until, *deadline);
    const auto wait = std::max<Duration>(Duration{}, until - os::boot_now());
    try {
      zmq::poll(items.data(), items.size(), std::chrono::ceil<std::chrono::milliseconds>(wait));
    } catch (const zmq::error_t& trouble) {
      if (trouble.num() != EINTR) throw;
    }
    read_clock();
    if (items[2].revents != 0) heed_signals();
    take_in();
    if (items[3].revents != 0) cleaner_.tick(place());
    for (int rounds = engine_rounds_per_turn; rounds > 0 && turn_engines(); --rounds) {}
    if (now_.boot >= next_tick_) {
      next_tick_ = now_.boot + tick_every;
      watchdog_.alive(now_.boot);
      tick();
    }
    speak();
  }
  return *exit_code_;
}

void WorkerLoop::heed_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal != SIGTERM && *signal != SIGINT) continue;
    log::info("stopping", {{"running", core_.running()}});
    os::notify_service("STOPPING=1");
    step(Stop{std::exchange(asked_to_stop_, true) ? Duration{} : stop_patience});
  }
}

void WorkerLoop::take_in() {
  for (int left = messages_per_turn; left > 0; --left) {
    auto in = dealer_.receive();
    if (!in) return;
    auto message = decode(in->header.to_string_view(), in->payload.to_string_view(), limits::payload_bytes_ceiling);
    if (!message) {
      log::error("protocol_error", {{"why", message.error()}});
      continue;
    }
    if (const auto* welcome = std::get_if<Welcome>(&*message)) {
      if (const auto foreign = spool_.belongs_to(welcome->cluster)) {
        log::error("foreign_cluster", {{"why", *foreign}});
        exit_code_ = 78;
        return;
      }
      log::info("welcome", {{"as", welcome->name}, {"epoch", welcome->epoch.value}, {"cluster", welcome->cluster}});
      os::notify_service("STATUS=works for the broker");
    }
    if (const auto* answer = std::get_if<Answer>(&*message)) {
      cleaner_.hear(place(), *answer);
      continue;
    }
    step(FromBroker{std::move(*message)});
  }
}

// False when nothing had happened.
bool WorkerLoop::turn_engines() {
  std::vector<engine::Event> events;
  host_->turn(clock(), events);
  for (auto& event : events) {
    if (auto* ended = std::get_if<engine::Ended>(&event)) {
      const AttemptEnd& end = ended->end;
      ++ended_[std::string(end.kind == EndKind::failed && end.cause != Cause::none ? to_string(end.cause) : to_string(end.kind))];
      if (end.kind != EndKind::succeeded || log::wanted(log::Level::debug))
        log::event(end.kind == EndKind::succeeded ? log::Level::debug : log::Level::info, "attempt_ended",
                   {{"attempt", to_string(end.attempt)}, {"result", to_string(end.kind)}, {"how", describe(end.cause, end.code)}, {"message", end.message}});
      step(EngineEnded{std::move(ended->end)});
    } else if (const auto* active = std::get_if<engine::Active>(&event)) {
      step(EngineActive{active->attempt});
    } else if (const auto* progress = std::get_if<engine::Progress>(&event)) {
      step(EngineActive{progress->attempt});
    }
  }
  return !events.empty();
}

void WorkerLoop::tick() {
  dealer_.look();
  if (now_.boot >= next_look_) {
    next_look_ = now_.boot + look_every;
    look_at_spool();
    if (auto keys = key_watch_.changed()) {
      log::info("key_changed", {{"fingerprint", net::fingerprint(keys->public_key)}});
      dealer_.change_keys(*std::move(keys));
    }
    if (catalog_.changed()) {
      catalog_.reload();
      offer_engines();
    }
  }
  step(WorkerTick{});
  cleaner_.tick(place());
  explain_absence();
  publish();
}

void WorkerLoop::look_at_spool() {
  // Two marks, so that it does not come and go with each file: below the low one no new work, above the high one again.
  const std::uint64_t mark = told_.empty() ? settings_.free_low : settings_.free_high;
  const auto trouble = spool_.trouble(std::min(mark, settings_.spool_max));
  if (trouble && *trouble != told_) log::warn("spool_trouble", {{"why", *trouble}});
  if (!trouble && !told_.empty()) log::info("spool_mended");
  told_ = trouble.value_or("");
  step(Trouble{told_});
}

void WorkerLoop::offer_engines() {
  for (const auto& fault : catalog_.faults()) log::error("engine_fault", {{"where", fault}});
  Offers offers;
  std::vector<engine::DefinitionPtr> definitions;
  for (const auto& [name, entry] : catalog_.entries()) {
    definitions.push_back(entry.definition);
    if (!entry.broken.empty()) {
      log::warn("engine_not_offered", {{"engine", name}, {"why", entry.broken}});
      continue;
    }
    const engine::Definition& definition = *entry.definition;
    const std::uint32_t slots = definition.slots == 0 ? settings_.policy.slots : std::min(definition.slots, settings_.policy.slots);
    EngineTerms terms;
    terms.offer = {name, definition.version, definition.mode, slots, slots};
    terms.time_limit = definition.time_limit;
    terms.stall_limit = definition.stall_limit;
    terms.stop_grace = definition.stop_grace;
    offers.engines.push_back(std::move(terms));
  }
  log::info("offers", {{"engines", offers.engines.size()}, {"slots", settings_.policy.slots}});
  step(offers);
  host_->keep_only(clock(), definitions);
}

// Who cannot get in is told why: every ten seconds, one sentence, the step that fails.
void WorkerLoop::explain_absence() {
  const bool welcomed = core_.membership().welcomed();
  if (welcomed) {
    was_welcomed_ = true;
    absence_.clear();
  }
  if (welcomed || now_.boot < next_explanation_) return;
  next_explanation_ = now_.boot + explain_every;
  absence_ = dealer_.diagnose();
  log::warn(was_welcomed_ ? "lost_contact" : "not_in", {{"why", absence_}});
}

void WorkerLoop::step(const WorkerInput& input) {
  WorkerEffects effects(decisions_.trace());
  core_.step(now_, input, effects);
  perform(std::move(effects));
}

void WorkerLoop::perform(WorkerEffects effects) {
  for (const auto& kill : effects.kills) host_->kill(clock(), kill.attempt, kill.why, kill.grace);
  for (const auto& one : effects.starts) start(one);
  for (auto& message : effects.sends) outgoing_.push_back({PeerId{}, std::move(message)});
  if (effects.reconnect) {
    speak();
    dealer_.rebuild();
  }
  if (effects.refused) {
    absence_ = *effects.refused;
    log::error("refused", {{"why", absence_}});
  }
  if (effects.finished) exit_code_ = 0;
}

// What a turn had to say leaves together: many reports per message. What the socket does not take is dropped: the core
// says everything again until it is answered.
void WorkerLoop::speak() {
  for (auto& send : coalesce(std::exchange(outgoing_, {}))) dealer_.send(encode(send.message));
}

void WorkerLoop::start(const StartEngine& one) {
  const auto* entry = catalog_.find(one.job.engine);
  engine::Order order;
  order.job = one.job;
  if (entry != nullptr) order.engine = entry->definition;
  order.deadline = one.deadline;
  order.output_max = settings_.output_max;
  if (order.engine) {
    ++started_[one.job.engine];
    order.stop_grace = order.engine->stop_grace;
    order.memory_limit = one.job.memory_limit != 0 ? one.job.memory_limit : order.engine->memory_limit;
    return host_->start(clock(), std::move(order));
  }
  AttemptEnd end;
  end.attempt = one.job.attempt;
  end.kind = EndKind::failed;
  end.cause = Cause::engine_broken;
  end.message = fmt::format("the engine '{}' is not on this node any more", one.job.engine);
  step(EngineEnded{std::move(end)});
}

}  // namespace cadre
