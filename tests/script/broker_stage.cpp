// The broker's core on a stage. Clock, peers and store are the script's.
//
//   w1 hello [session=N] [held=..] [retained=..]     w1 beat [slots=N] [credit=N] [engines=e:2,f] [held=..] [retained=..]
//   w1 report job1/1 ok | exit N | signal N | not_started | CAUSE [out=TEXT]
//   w1 goodbye        w1 gone (its connection)       w1 restarted (new process, new connection)   w1 reconnected
//   c1 submit key=a [engine=e] [priority=N] [attempts=N] [backoff=4s] [not_before=10s] [not_after=10s] [watch=result]
//   c1 wait job1 [watch=result]     c1 cancel job1      a1 cordon w1     a1 remove w1     a1 retry job1     a1 admit NAME    a1 revoke NAME
//   t1 join NAME KEY
//   room [free=MIB] [reusable=MIB] (on the store's volume; without free: it is not visible)      why job1
//   committed [repeat job2=job1] [conflict job2=job1]    away WHY    back     fenced BY
//   load old1 [attempt=N] [tries=N] [deaths=N] [leased=w1]     loaded [cordoned=w1]     fetched old1
//   limits [nodes=N] [e=N] (of the engine e)
//   tick      advance 31s     policy NAME=VALUE (first of all)
//
// `w1@b` is another machine with w1's key. Inputs joined by ` ; ` arrive in one turn.
#include <stdexcept>

#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "tests/script/broker_words.hpp"
#include "tests/script/script.hpp"

namespace cadre::script {

namespace {

constexpr Duration tick_every = 100ms;

struct Actor {
  std::string name;                   // as the script says it
  Identity who;
  PeerId peer;
  SessionId session;
  std::uint64_t instance = 1;
  std::uint64_t number = 0;           // of hellos and beats
  std::uint32_t slots = 1;
  std::string engines = "e";
};

class BrokerStage final : public Stage {
 public:
  BrokerStage() {
    now_.boot = Instant{1000s};
    now_.wall = WallTime{std::chrono::seconds(1'767'225'600)};
    now_.service = ServiceTime{1000s};
  }

  std::vector<std::string> play(const std::string& input) override {
    done_.clear();
    for (const auto& one : split(input, " ; ")) {
      Words words(one);
      say(words.next("who says what"), words);
      words.all_used();
    }
    if (loaded_) step(TurnEnd{});
    return done_;
  }

 private:
  void say(const std::string& first, Words& words) {
    if (first == "policy") return policy(words);
    if (first == "load") return load(words);
    if (first == "loaded") {
      LoadDone input;
      if (const auto node = words.named("cordoned")) input.nodes.push_back({*node, true});
      if (const auto upto = words.named("restored")) input.restored.backups.push_back({parse_job(*upto), Epoch{parse_job("job1").epoch()}});
      loaded_ = true;
      return step(input);
    }
    if (!loaded_) {
      loaded_ = true;
      step(LoadDone{});
    }
    if (first == "tick") return pass(tick_every);
    if (first == "advance") return pass(parse_duration(words.next("how long")));
    if (first == "committed") return committed(words);
    if (first == "away") return step(StoreAway{words.next("why")});
    if (first == "back") return step(StoreBack{});
    if (first == "room") return room(words);
    if (first == "limits") return limits(words);
    if (first == "why") return done_.push_back(fmt::format("why: {}", broker_->why(now_, parse_job(words.next("a job"))).headline));
    if (first == "fenced") return step(Fenced{words.next("by whom")});
    if (first == "fetched") return fetched(words);
    const std::string verb = words.next("what is said");
    Actor& actor = actor_of(first);
    if (first[0] == 'w') worker(actor, verb, words);
    else client(actor, verb, words);
  }

  void worker(Actor& w, const std::string& verb, Words& words) {
    if (verb == "restarted") {
      w.session = SessionId{++sessions_};
      w.number = 0;
      return connect(w);
    }
    if (verb == "reconnected") return connect(w);
    if (verb == "copied") {  // w2@b copied: with the spool of w2
      w.instance = actor_of(w.who.name).instance;
      return;
    }
    if (verb == "gone") return step(PeerGone{w.peer});
    if (verb == "goodbye") return hear(w, Goodbye{w.session});
    if (verb == "hello") return hear(w, hello(w, words));
    if (verb == "beat") return hear(w, beat(w, words));
    if (verb == "report") return hear(w, report(w, words));
    throw std::runtime_error(fmt::format("a worker does not say '{}'", verb));
  }

  void client(Actor& c, const std::string& verb, Words& words) {
    if (verb == "gone") return step(PeerGone{c.peer});
    if (verb == "hello") {
      Hello hello;
      hello.version = static_cast<std::uint32_t>(words.number("version", limits::protocol_version));
      hello.version_min = static_cast<std::uint32_t>(words.number("version_min", limits::protocol_version_min));
      return hear(c, hello);
    }
    if (verb == "submit") return hear(c, Submit{{request(words)}});
    if (verb == "wait") return hear(c, Wait{watch(words.named("watch", "notice")), {parse_job(words.next("a job"))}});
    if (verb == "cancel") return hear(c, Cancel{{parse_job(words.next("a job"))}});
    if (verb == "cordon") return step(Cordon{c.peer, 1, words.next("a node"), true});
    if (verb == "uncordon") return step(Cordon{c.peer, 1, words.next("a node"), false});
    if (verb == "remove") return step(RemoveNode{c.peer, 1, words.next("a node")});
    if (verb == "admit" || verb == "revoke")
      return step(ChangeKey{c.peer, 1, {"key", words.next("a name"), Role::worker, verb == "revoke", c.name, now_.wall}});
    if (verb == "join") {  // the old key is "key", as in admit
      const std::string node = words.next("a name");
      return step(ReplaceKey{c.peer, {"key", node, Role::join, true, "admin", now_.wall}, {words.next("a key"), node, Role::worker, false, "admin", now_.wall}});
    }
    if (verb == "retry") {
      JobRow row;
      row.id = parse_job(words.next("a job"));
      row.client = c.who.name;
      row.request.engine = std::string("e");
      row.request.body = std::make_shared<Body>(Body{"{}", "again"});
      return step(RetryJob{c.peer, c.who, 1, row});
    }
    throw std::runtime_error(fmt::format("a client does not say '{}'", verb));
  }

  // --- messages ---

  static std::vector<EngineOffer> offers(const std::string& text, std::uint32_t credit) {
    std::vector<EngineOffer> list;
    for (const auto& one : split(text, ",")) {
      const auto parts = split(one, ":");
      EngineOffer offer;
      offer.name = parts.at(0);
      offer.version = parts.size() > 1 ? parts.at(1) : "1";
      offer.slots = credit;
      offer.credit = credit;
      list.push_back(std::move(offer));
    }
    return list;
  }

  Hello hello(Actor& w, Words& words) {
    w.engines = words.named("engines", w.engines);
    w.slots = static_cast<std::uint32_t>(words.number("slots", w.slots));
    Hello hello;
    hello.instance = w.instance;
    hello.session = w.session;
    hello.number = words.number("number", w.number + 1);
    hello.version = static_cast<std::uint32_t>(words.number("version", limits::protocol_version));
    hello.version_min = static_cast<std::uint32_t>(words.number("version_min", 1));
    w.number = std::max(w.number, hello.number);
    hello.slots = w.slots;
    hello.address = w.name;
    hello.engines = offers(w.engines, w.slots);
    hello.held = parse_attempts(words.named("held", ""));
    hello.retained = parse_attempts(words.named("retained", ""));
    return hello;
  }

  Beat beat(Actor& w, Words& words) {
    w.engines = words.named("engines", w.engines);
    w.slots = static_cast<std::uint32_t>(words.number("slots", w.slots));
    Beat beat;
    beat.session = w.session;
    beat.epoch = Epoch{words.number("epoch", epoch_now.value)};
    beat.number = words.number("number", w.number + 1);
    w.number = std::max(w.number, beat.number);
    beat.slots = w.slots;
    beat.credit = static_cast<std::uint32_t>(words.number("credit", w.slots));
    beat.draining = words.take("draining");
    beat.trouble = words.named("trouble", "");
    beat.engines = offers(w.engines, beat.credit);
    beat.held = parse_attempts(words.named("held", ""));
    beat.retained = parse_attempts(words.named("retained", ""));
    return beat;
  }

  Report report(const Actor& w, Words& words) const {
    AttemptEnd end;
    end.attempt = parse_attempt(words.next("an attempt"));
    const std::string how = words.next("how it ended");
    end.kind = EndKind::failed;
    if (how == "ok") {
      end.kind = EndKind::succeeded;
      end.output = std::make_shared<Output>(Output{{"stdout", words.named("out", "fine")}});
    } else if (how == "not_started") {
      end.kind = EndKind::not_started;
    } else if (how == "exit" || how == "signal") {
      end.cause = how == "exit" ? Cause::exit_code : Cause::signal;
      end.code = static_cast<std::int32_t>(parse_count(words.next("a code")));
    } else {
      for (int i = 1; i <= static_cast<int>(Cause::scratch); ++i)
        if (to_string(static_cast<Cause>(i)) == how) end.cause = static_cast<Cause>(i);
      if (end.cause == Cause::none) throw std::runtime_error(fmt::format("'{}' is no way to end", how));
    }
    return Report{w.session, epoch_now, {end}};
  }

  static Watch watch(const std::string& word) {
    if (word == "none") return Watch::none;
    if (word == "notice") return Watch::notice;
    if (word == "result") return Watch::result;
    throw std::runtime_error("watch: none, notice or result");
  }

  JobRequest request(Words& words) const {
    JobRequest job;
    job.ticket = 1;
    job.key = words.named("key", "");
    job.engine = words.named("engine", "e");
    job.queue = words.named("queue", "default");
    const std::string priority = words.named("priority", "0");
    job.priority = priority[0] == '-' ? -static_cast<int>(parse_count(priority.substr(1))) : static_cast<int>(parse_count(priority));
    job.attempts_max = static_cast<std::uint32_t>(words.number("attempts", limits::attempts_default));
    job.backoff = words.duration("backoff", 4s);
    if (const auto in = words.named("not_before")) job.not_before = now_.wall + parse_duration(*in);
    if (const auto in = words.named("not_after")) job.not_after = now_.wall + parse_duration(*in);
    job.watch = watch(words.named("watch", "none"));
    job.body = std::make_shared<Body>(Body{"{}", Bytes(words.number("bytes", 5), 'x')});
    job.digest = digest_of(job);
    return job;
  }

  // --- the store ---

  void committed(Words& words) {
    if (!broker_ || !broker_->outbox().in_flight()) throw std::runtime_error("committed: no transaction is under way");
    Committed input;
    while (const auto kind = words.maybe()) {
      if (*kind != "repeat" && *kind != "conflict") throw std::runtime_error("committed repeat job2=job1, or conflict job2=job1");
      bool found = false;
      for (std::uint64_t i = 1; i <= 99 && !found; ++i) {
        const JobId withdrawn = JobId::make(epoch_now, i);
        const auto existing = words.named(name_of(withdrawn));
        if (!existing) continue;
        input.repeats.push_back({withdrawn, parse_job(*existing), *kind == "repeat"});
        found = true;
      }
    }
    step(input);
  }

  void load(Words& words) {
    OpenJob open;
    open.id = parse_job(words.next("a job"));
    open.client = words.named("client", "c1");
    open.request.engine = words.named("engine", "e");
    open.request.attempts_max = static_cast<std::uint32_t>(words.number("attempts", limits::attempts_default));
    open.request.backoff = 4s;
    open.body_bytes = 7;
    open.attempt = static_cast<std::uint32_t>(words.number("attempt", 0));
    open.tries = static_cast<std::uint32_t>(words.number("tries", open.attempt));
    open.deaths = static_cast<std::uint32_t>(words.number("deaths", 0));
    if (const auto node = words.named("leased")) {
      open.leased = true;
      open.holder = {*node, actor_of(*node).session};
    }
    step(Loaded{{open}});
  }

  void room(Words& words) {
    StoreRoom input;
    if (const auto free = words.named("free")) input.free = parse_count(*free) << 20;
    input.reusable = words.number("reusable", 0) << 20;
    input.where = "/data";
    step(input);
  }

  void limits(Words& words) {
    SetLimits input;
    input.limits.nodes = static_cast<std::uint32_t>(words.number("nodes", 0));
    if (const auto most = words.number("e", 0); most > 0) input.limits.engines["e"] = static_cast<std::uint32_t>(most);
    step(input);
  }

  void fetched(Words& words) {
    const JobId id = parse_job(words.next("a job"));
    step(Fetched{{{id, std::make_shared<Body>(Body{"{}", "fetched"})}}});
  }

  void policy(Words& words) {
    if (broker_) throw std::runtime_error("policy comes first");
    policy_.lease_ttl = words.duration("lease_ttl", policy_.lease_ttl);
    policy_.quarantine = words.duration("quarantine", policy_.quarantine);
    policy_.body_memory = words.number("body_memory", policy_.body_memory);
    policy_.waiting_max = words.number("waiting_max", policy_.waiting_max);
    policy_.payload_max = words.number("payload_max", policy_.payload_max);
    policy_.waits_max = static_cast<std::uint32_t>(words.number("waits_max", policy_.waits_max));
    policy_.free_space_min = words.number("free_space_min", policy_.free_space_min) << 20;
    policy_.strict_engines = words.take("strict");
  }

  // --- the clock and the core ---

  void pass(Duration duration) {
    for (; duration > Duration{}; duration -= tick_every) {
      now_.boot += tick_every;
      now_.wall += tick_every;
      now_.service += tick_every;
      step(Tick{});
      step(TurnEnd{});
    }
  }

  void hear(const Actor& from, Message message) { step(Received{from.peer, from.who, std::move(message)}); }

  void step(const Input& input) {
    if (!broker_) broker_ = std::make_unique<Broker>(policy_, "cluster", epoch_now);
    Effects effects;
    broker_->step(now_, input, effects);
    for (auto& word : words_of(effects, [this](PeerId peer) { return peers_.at(peer); })) done_.push_back(std::move(word));
    for (const Send& send : effects.sends)
      if (const auto* assign = std::get_if<Assign>(&send.message)) check_numbers(*assign);
    if (const auto broken = broker_->broken_invariant()) done_.push_back(fmt::format("BROKEN INVARIANT: {}", *broken));
  }

  // A session starts the attempt of each number once: a number that meant another attempt before would never be started.
  void check_numbers(const Assign& assign) {
    for (const Assignment& job : assign.jobs)
      if (const auto& first = numbers_.try_emplace({assign.session, job.number}, job.attempt).first->second; first != job.attempt)
        done_.push_back(fmt::format("NUMBER {} AGAIN: it was {}", job.number, to_string(first)));
  }

  // w1, c1, a1: a worker, a client, an administrator; known from the first word about them.
  Actor& actor_of(const std::string& name) {
    const auto [place, fresh] = actors_.try_emplace(name);
    Actor& actor = place->second;
    if (!fresh) return actor;
    const auto at = name.find('@');
    actor.name = name;
    actor.who = {name.substr(0, at), name[0] == 'w' ? Role::worker : name[0] == 'a' ? Role::admin : name[0] == 't' ? Role::join : Role::client};
    if (std::string_view("wcat").find(name[0]) == std::string_view::npos) throw std::runtime_error(fmt::format("who is '{}'? w1, c1, a1, t1 (with a ticket)", name));
    actor.instance = 1 + actors_.size();
    actor.session = SessionId{++sessions_};
    connect(actor);
    return actor;
  }

  void connect(Actor& actor) {
    if (actor.peer.value != 0) peers_[actor.peer] = fmt::format("{}'s old connection", actor.name);
    actor.peer = PeerId{++last_peer_};
    peers_[actor.peer] = actor.name;
  }

  Policy policy_;
  std::unique_ptr<Broker> broker_;
  Now now_{};
  bool loaded_ = false;
  std::map<std::string, Actor> actors_;
  std::map<PeerId, std::string> peers_;
  std::map<std::pair<SessionId, std::uint64_t>, AttemptId> numbers_;
  std::uint64_t last_peer_ = 0;
  std::uint64_t sessions_ = 0;
  std::vector<std::string> done_;
};

}  // namespace

std::unique_ptr<Stage> broker_stage() { return std::make_unique<BrokerStage>(); }

}  // namespace cadre::script
