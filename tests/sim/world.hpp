// The simulated world: processes, clocks, network and store around the real cores and the real codec. One seed decides
// everything: delays, loss, crashes, pauses, what engines do. README.md in this directory tells the design.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "broker/core/broker.hpp"
#include "broker/core/seat.hpp"
#include "broker/store/memory_store.hpp"
#include "common/base/mix.hpp"
#include "common/base/mutant.hpp"
#include "common/client/client_core.hpp"
#include "common/protocol/codec.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/cleanup_checker.hpp"
#include "worker/core/worker.hpp"

namespace cadre::sim {

// The one source of chance, passed in.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
  bool chance(double p) { return static_cast<double>(next() >> 11) * 0x1p-53 < p; }
  Duration between(Duration a, Duration b) { return a + Duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>((b - a).count() + 1)))}; }

 private:
  std::uint64_t state_;
};

// Which faults this seed has, and how many of each (swarm testing: all faults always would hide bugs).
struct Weather {
  double loss = 0, duplicate = 0, straggle = 0;
  double store_lost_call = 0, store_lost_answer = 0;
  Duration broker_crash{}, worker_crash{}, pause{}, partition{}, store_outage{}, wall_step{}, store_step{}, rival{};  // mean interval; 0: never
  bool drift = false;
  static Weather draw(Rng& rng);
};

struct Options {
  std::uint64_t seed = 1;
  Duration storm = 240s;     // faults
  Duration calm = 600s;     // at most: everything must be final by then
  TraceSink* trace = nullptr;
  bool cleanup = false;      // records are purged and spools are swept, with retentions of seconds
  WorkLimits limits;         // the same from the beginning to the end
  bool only_messages = false;  // nothing but lost messages: then no attempt may be written off
};

class World;

// Something that can be killed, paused and restarted; its clocks are its own.
class Process {
 public:
  Process(World& world, std::string name) : world_(world), name_(std::move(name)) {}
  virtual ~Process() = default;
  const std::string& name() const { return name_; }

  void boot();
  void kill();
  void retire() { kill(), retired_ = true; }  // never to boot again
  void pause(Duration length);
  bool alive() const { return alive_; }
  bool paused() const { return paused_; }
  // Runs `what` in this life of the process, later if it is paused, never if it has been killed.
  void run(std::function<void()> what);
  Now now() const;
  void step_wall(Duration by) { wall_offset_ += by; }
  void mend_wall() { wall_offset_ = Duration{}; }
  void set_drift(double rate) { rate_ = rate; }

  virtual std::string describe() const { return ""; }  // for people, when a promise broke
  virtual void receive(Process& from, std::uint64_t from_life, const Frames& frames) = 0;
  std::uint64_t life() const { return life_; }
  ServiceTime service{};

 protected:
  virtual void started() = 0;
  virtual void died() = 0;
  virtual void tick() = 0;
  World& world_;

 private:
  void schedule_tick();
  std::string name_;
  bool alive_ = false;
  bool retired_ = false;
  bool paused_ = false;
  std::uint64_t life_ = 0;
  std::vector<std::function<void()>> deferred_;
  double rate_ = 1.0;
  Duration wall_offset_{};
};

class World {
 public:
  explicit World(const Options& options);
  ~World();

  // Runs storm and calm. The first broken promise, in words, or nothing.
  std::optional<std::string> run();

  // --- for the processes ---
  Rng& rng() { return rng_; }
  Instant time() const { return time_; }
  const WorkLimits& limits() const { return options_.limits; }
  void at(Instant when, std::function<void()> what) { events_.emplace(std::pair{when, ++event_count_}, std::move(what)); }
  void after(Duration wait, std::function<void()> what) { at(time_ + wait, std::move(what)); }
  void send(Process& from, Process& to, const Message& message);
  Process& broker_address() { return *brokers_[address_]; }
  void point_address_at(const Process& broker);
  std::unique_ptr<Store> open_store();
  WallTime store_clock() const { return WallTime{time_.time_since_epoch()} + wall_start + store_offset_; }
  // A call to the store, with everything that can happen to it. `answer` may never be called.
  void call_store(Process& caller, std::function<void()> execute, std::function<void(bool answered)> answer);
  Checker& checker() { return checker_; }
  void applied(Epoch epoch, const Batch& batch);  // the store has taken it
  bool cleans() const { return options_.cleanup; }
  CleanupTables& clean() { return *clean_; }
  CleanupChecker& cleanup_checker() { return *cleanup_checker_; }
  void leases_changed() { cleanup_checker_->leases_are(time_, clean_->leases); }
  MemoryTables& tables() { return *tables_; }
  const Weather& weather() const { return weather_; }
  bool storming() const { return storming_; }
  Trace trace() const { return Trace(options_.trace); }
  void fail(std::string why) { if (!failure_) failure_ = std::move(why); }
  std::uint64_t events() const { return event_count_; }
  std::uint64_t digest() const;

  static constexpr Duration wall_start = std::chrono::hours(24 * 365 * 55);

 private:
  void weather_event(Duration mean, std::function<void()> what);
  void start_faults();
  void start_wishes();
  void make_cleaners();
  const std::optional<std::string>& broken() const;
  std::map<std::string, std::size_t> orphans() const;
  bool settled() const;

  const Options options_;
  Rng rng_;
  Weather weather_;
  Instant time_{};
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> events_;
  std::uint64_t event_count_ = 0;
  std::shared_ptr<MemoryTables> tables_ = std::make_shared<MemoryTables>();
  Duration store_offset_{};
  Instant store_back_{};
  std::vector<std::unique_ptr<Process>> brokers_, workers_, clients_, cleaners_;
  std::size_t address_ = 0;
  std::set<std::pair<const Process*, const Process*>> cut_;
  std::map<std::pair<const Process*, const Process*>, Instant> in_order_;
  bool storming_ = true;
  Checker checker_;
  std::optional<CleanupTables> clean_;
  std::optional<CleanupChecker> cleanup_checker_;
  std::optional<std::string> failure_;
};

std::unique_ptr<Process> make_broker(World& world, std::string name);
std::unique_ptr<Process> make_worker(World& world, std::string name, std::uint32_t slots);
std::unique_ptr<Process> make_cleaner(World& world, std::string name, bool designated);
std::size_t orphans_of(const Process& worker);  // things in its spool that nobody owns
std::unique_ptr<Process> make_client(World& world, std::string name, std::uint32_t jobs);
bool client_settled(const Process& client);

}  // namespace cadre::sim
