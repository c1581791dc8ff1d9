#include "broker/shell/loop.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <iterator>

#include <fmt/format.h>

#include "broker/shell/admitted.hpp"
#include "common/base/assert.hpp"
#include "common/net/keys.hpp"
#include "common/os/clock.hpp"

namespace cadre {

namespace {
constexpr Duration tick_every = 100ms;
constexpr Duration database_slow = 5s;  // an exchange that takes longer has no answer, as far as people are concerned
constexpr int messages_per_turn = 512;   // then timers and the store have their turn (libraries.md 1.40)

std::vector<std::string> warnings(const LoopSettings& settings) {
  if (settings.demands.accounts_apart) return {};
  return {"database.accounts is legacy: the broker's account may delete jobs, and only leases keep it from it"};
}
}  // namespace

Loop::Loop(LoopSettings settings, net::Router router, net::Gate& gate, std::unique_ptr<Store> writer_store,
           std::unique_ptr<Store> reader_store, std::unique_ptr<Store> blob_store, std::unique_ptr<cleanup::Office> office, std::string cluster,
           os::Signals& signals)
    : settings_(std::move(settings)),
      limits_(settings_.limits),
      router_(std::move(router)),
      gate_(gate),
      signals_(signals),
      writer_(std::move(writer_store), bell_),
      reader_(std::move(reader_store), bell_),
      blobs_(std::move(blob_store), bell_),
      office_(office ? std::make_unique<WorkThread<cleanup::Office>>(std::move(office), bell_) : nullptr),
      cluster_(std::move(cluster)),
      seat_(std::make_unique<SeatKeeper>(settings_.seat)),
      load_(settings_.load),
      mail_(router_, [this](PeerId peer) { open_door_.gone(peer); if (core_) step(PeerGone{peer}); }),
      questions_({[this]() -> const Broker* { return ready_ ? core_.get() : nullptr; }, [this] { return now_; },
                  [this](PeerId to, Message message) { std::vector<Send> one; one.push_back({to, std::move(message)}); mail_.send(std::move(one)); },
                  [this](Input input) {
                    const auto* retry = std::get_if<RetryJob>(&input);
                    if (core_ && (retry == nullptr || !divert(*retry))) step(input);
                  }, [this](const std::string& key) {
                    const auto heard = last_heard_.find(key);
                    return heard == last_heard_.end() ? WallTime{} : heard->second;
                  }, warnings(settings_), reader_, office_.get(),
                  [this](Duration took) { counts_.took(Exchange::read_history, took); },
                  settings_.monitor}),
      refused_before_(gate_.refused()),
      database_(settings_.seat.renew_every + database_slow) {}

void Loop::read_clock() {
  now_.boot = os::boot_now();
  now_.wall = os::wall_now();
}

int Loop::run() {
  read_clock();
  service_asked_ = now_.boot;
  database_.answered(now_.boot);  // as far as we know
  while (!exit_code_) {
    std::array<zmq::pollitem_t, 3> items{{{router_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, bell_.fd(), ZMQ_POLLIN, 0}, {nullptr, signals_.fd(), ZMQ_POLLIN, 0}}};
    const auto wait = std::max<Duration>(Duration{}, next_tick_ - os::boot_now());
    const auto patience = mail_.waiting() ? std::chrono::milliseconds(1) : std::chrono::ceil<std::chrono::milliseconds>(wait);
    try {
      zmq::poll(items.data(), items.size(), patience);
    } catch (const zmq::error_t& trouble) {
      if (trouble.num() != EINTR) throw;
    }
    read_clock();
    if (items[2].revents != 0) heed_signals();
    if (items[1].revents != 0) {  // silenced first: what rings from here on is for the next turn
      bell_.silence();
      finish_store_work();
    }
    take_in();
    if (mail_.waiting()) mail_.retry();
    if (now_.boot >= next_tick_) {
      next_tick_ = now_.boot + tick_every;
      watchdog_.alive(now_.boot);
      tend_seat();
      if (!fetch_later_.empty()) fetch(std::exchange(fetch_later_, {}));
      if (core_ && ready_) {
        step(Tick{});
        load_.look(now_.boot, *core_);
      }
      publish();
      if (!gate_.alive() && !settings_.open_door) {
        log::error("gate_dead", {{"do", "the broker ends and is to be restarted"}});
        stop(70);
      }
    }
    if (core_ && ready_) {
      step(TurnEnd{});
      ship();
    }
    speak();
  }
  blob_rate_ = 0;  // what is being put down need not be polite any more: we wait for its end
  return *exit_code_;
}

void Loop::heed_signals() {
  const auto told = signals_.take();
  if (told.stop) return step_down();
  if (!told.reload || !settings_.read_limits) return;
  const auto limits = settings_.read_limits();
  if (!limits) return log::error("limits_stay", {{"why", limits.error()}, {"do", "mend the file and send SIGHUP again"}});
  limits_ = *limits;
  log::info("limits_read", {{"nodes", limits_.nodes}, {"engines", limits_.engines.size()}});
  if (core_) step(SetLimits{limits_});
}

// In good order: the seat is free at once for the next.
void Loop::step_down() {
  os::notify_service("STOPPING=1");
  log::info("stopping");
  stop(0);
  const auto epoch = seat_->epoch();
  if (!epoch) return;
  // The batch in flight first: the writer does things in order.
  auto done = std::make_shared<std::promise<void>>();
  auto given = done->get_future();
  order([epoch, done](Store& store) -> StoreThread::Completion {
    (void)store.give_up_seat(*epoch);
    done->set_value();
    return [] {};
  });
  (void)given.wait_for(std::chrono::seconds(3));
}

// --- messages -------------------------------------------------------------------------------------------------------

void Loop::take_in() {
  for (int left = messages_per_turn; left > 0; --left) {
    auto in = router_.receive();
    if (!in) return;
    handle(std::move(*in));
  }
}

void Loop::protocol_error(PeerId from, const std::string& address, const std::string& why) {
  ++protocol_errors_;
  if (protocol_errors_ < 100 || protocol_errors_ % 1000 == 0)
    log::warn("protocol_error", {{"address", address}, {"why", why}, {"count", protocol_errors_}});
  std::vector<Send> one;
  one.push_back({from, Refusal{"protocol error: " + why, true}});
  mail_.send(std::move(one));
}

void Loop::handle(net::Incoming in) {
  if (in.malformed) {
    ++protocol_errors_;
    return;
  }
  std::optional<Identity> who;
  if (!settings_.open_door) {
    const auto admitted = gate_.who(in.user_id);
    if (!admitted) {  // revoked meanwhile: neither acted on nor answered
      ++counts_.revoked;
      return;
    }
    who = {admitted->name, admitted->role};
    last_heard_[in.user_id] = now_.wall;
  }
  auto message = decode(in.header.to_string_view(), in.payload.to_string_view(), settings_.policy.payload_max);
  if (!message) return protocol_error(in.from, in.address, message.error());
  if (!who) who = open_door_.who(in.from, *message);
  ++counts_.heard[message->index()];
  if (!allowed(who->role, *message)) {
    ++counts_.not_allowed;
    return protocol_error(in.from, in.address, fmt::format("a {} may not say '{}'", to_string(who->role), name_of(*message)));
  }
  if (const auto* ask = std::get_if<Ask>(&*message)) return questions_.ask(in.from, *who, *ask);
  if (const auto* join = std::get_if<Join>(&*message)) return questions_.join(in.from, *who, in.user_id, *join);
  if (const auto* fetch_one = std::get_if<FetchResult>(&*message)) return questions_.fetch_result(in.from, *who, *fetch_one);
  if (!core_ || !ready_) return;  // they say it again
  if (auto* hello = std::get_if<Hello>(&*message)) {
    if (hello->session.value != 0) hello->address = in.address + (hello->address.empty() ? "" : " (" + hello->address + ")");
  }
  Received received{in.from, std::move(*who), std::move(*message)};
  if (in.payload.size() >= Ferry::large_bytes && divert(received)) return;
  if (auto* submit = std::get_if<Submit>(&received.message))
    for (auto& job : submit->jobs) job.digest = digest_of(job);
  step(std::move(received));
}

// --- the core -------------------------------------------------------------------------------------------------------

void Loop::step(const Input& input) {
  Effects effects(decisions_.trace());
  core_->step(now_, input, effects);
  perform(std::move(effects));
}

void Loop::perform(Effects effects) {
  if (effects.commit) write(std::make_shared<const Batch>(std::move(*effects.commit)));
  // Revoked keys first: what is said next must not reach them.
  for (const auto& row : effects.keys_changed) apply_key(row);
  std::move(effects.sends.begin(), effects.sends.end(), std::back_inserter(outgoing_));
  for (const auto& lookup : effects.lookups) questions_.look_up(lookup);
  if (!effects.fetch.empty()) fetch(std::move(effects.fetch));
  if (effects.exit) {
    log::error("exit", {{"why", *effects.exit}});
    stop(75);
  }
}

// What a turn had to say leaves at its end: many items per message, and the next batch is with the writer already.
void Loop::speak() {
  while (!outgoing_.empty()) mail_.send(std::exchange(outgoing_, {}));  // a peer that turns out to be gone may add to it
}

void Loop::apply_key(const KeyRow& row) {
  log::info(row.revoked ? "key_revoked" : "key_admitted", {{"name", row.name}, {"role", to_string(row.role)}, {"key", row.public_key},
            {"fingerprint", net::fingerprint(row.public_key)}, {"by", row.by}});
  gate_.change(row.public_key, row.revoked ? std::nullopt : std::optional(admitted_as(row)));
}

// Repeats the batch until what came of it is known: it is idempotent, and the core waits for nothing else.
void Loop::write(std::shared_ptr<const Batch> batch) {
  for (const MissingRow& row : batch->missing)
    log::warn("accepted_after_the_backup", {{"attempt", to_string(row.attempt)}, {"node", row.node}, {"end", row.end ? to_string(*row.end) : "running"},
                                            {"what", "the store was restored without this job; whoever submitted it is to submit it again"}});
  const Epoch epoch = core_->epoch();
  const bool accepts_small = std::any_of(batch->jobs.begin(), batch->jobs.end(), [](const JobRow& row) { return !row.request.blob; });
  order([this, batch, epoch, accepts_small](Store& store) -> StoreThread::Completion {
    const Instant began = os::boot_now();
    auto answer = std::make_shared<Stored<Committed>>(store.apply(epoch, *batch));
    const Duration took = os::boot_now() - began;
    const bool away = std::holds_alternative<Away>(*answer);
    if (away) StoreThread::breathe();
    return [this, answer, batch, accepts_small, took] {
      counts_.took(Exchange::write_batch, took);
      if (!core_) return;
      if (accepts_small) pace_.small_commit(now_.boot, took, batch->rows(), ferry_.under_way());
      if (const auto* trouble = std::get_if<Away>(&*answer)) {
        tell_away(store_away_, "store_away", trouble->reason);
        database_.away(trouble->reason);
        step(StoreAway{trouble->reason});
        return write(batch);
      }
      database_.answered(now_.boot);
      if (const auto* fenced = std::get_if<FencedOut>(&*answer)) return step(Fenced{fenced->holder});
      if (!std::exchange(store_away_, "").empty()) {
        log::info("store_back");
        step(StoreBack{});
        heed_unsafe();
      }
      step(std::get<Committed>(*answer));
    };
  });
}

// Once for each reason: it is tried again several times a second.
void Loop::tell_away(std::string& told, const char* event, const std::string& why) {
  if (std::exchange(told, why) != why) log::warn(event, {{"why", why}});
}

void Loop::fetch(std::vector<JobId> ids) {
  const bool posted = reader_.post([this, ids](Store& store) -> StoreThread::Completion {
    const Instant began = os::boot_now();
    auto found = std::make_shared<Stored<std::vector<std::pair<JobId, BodyPtr>>>>(store.bodies(ids));
    const Duration took = os::boot_now() - began;
    if (std::holds_alternative<Away>(*found)) StoreThread::breathe();
    return [this, found, ids, took] {
      counts_.took(Exchange::read_bodies, took);
      if (!core_) return;
      if (auto* bodies = std::get_if<std::vector<std::pair<JobId, BodyPtr>>>(&*found)) return step(Fetched{std::move(*bodies)});
      fetch(ids);
    };
  });
  // Questions fill the reader's queue: the bodies are asked for again in the next tick.
  if (!posted) fetch_later_.insert(fetch_later_.end(), ids.begin(), ids.end());
}

// A refusal would lose a batch for ever, and the writer's queue (thousands) cannot be full: it holds at most one batch
// (the outbox has one in flight), one word about the seat (the keeper waits for the answer), one look at the settings,
// one page while loading, and the farewell.
void Loop::order(StoreThread::Work work) {
  const bool taken = writer_.post(std::move(work));
  CADRE_ASSERT(taken);
}

void Loop::finish_store_work() {
  for (auto& completion : writer_.finished()) completion();
  for (auto& completion : reader_.finished()) completion();
  for (auto& completion : blobs_.finished()) completion();
  if (office_)
    for (auto& completion : office_->finished()) completion();
}

}  // namespace cadre
