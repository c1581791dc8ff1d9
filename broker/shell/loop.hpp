// The broker's loop: poll, decode, step, send; one clock reading per turn. It alone owns the core and the ROUTER. It
// names no job state: what a message means is the core's business.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "broker/core/broker.hpp"
#include "broker/core/seat.hpp"
#include "broker/shell/ferry.hpp"
#include "broker/shell/load_watch.hpp"
#include "broker/shell/loop_counts.hpp"
#include "broker/shell/mail.hpp"
#include "broker/shell/numbers.hpp"
#include "broker/shell/open_door.hpp"
#include "broker/shell/pace.hpp"
#include "broker/shell/questions.hpp"
#include "broker/shell/store_thread.hpp"
#include "common/log/log.hpp"
#include "common/monitor/monitor.hpp"
#include "common/net/gate.hpp"
#include "common/net/router.hpp"
#include "common/os/service.hpp"
#include "common/os/signals.hpp"

namespace cadre {

struct LoopSettings {
  std::string holder;                // what this broker is called at the seat: host, process id
  Policy policy;
  WorkLimits limits;
  std::function<Result<WorkLimits>()> read_limits;  // anew, from the file, when told by SIGHUP
  SeatKeeper::Policy seat;
  bool exit_if_taken = false;        // else it waits for the seat
  bool keys_in_store = true;         // whether the store knows them; in memory only the gate does
  bool open_door = false;            // no keys, on loopback only: open_door.hpp says who is who
  Store::Demands demands;            // on the database's server
  Duration look_at_settings_every = 60s;  // those of the database's server, for what could lose accepted jobs
  Store::Growth growth;              // as found before the start
  cleanup::Policy cleanup;
  std::shared_ptr<LoadSeen> load = std::make_shared<LoadSeen>();
  monitor::Monitor* monitor = nullptr;                   // outlives the loop
  std::shared_ptr<const cleanup::RemovalCount> removed;  // null where records are not purged here
};

class Loop {
 public:
  Loop(LoopSettings settings, net::Router router, net::Gate& gate, std::unique_ptr<Store> writer_store,
       std::unique_ptr<Store> reader_store, std::unique_ptr<Store> blob_store, std::unique_ptr<cleanup::Office> office, std::string cluster,
       os::Signals& signals);

  // Until SIGTERM or SIGINT, or until the seat is lost. An exit code.
  int run();

 private:
  void take_in();
  void handle(net::Incoming in);
  void protocol_error(PeerId from, const std::string& address, const std::string& why);
  void tend_seat();
  void look_at_disk();
  void heed_unsafe();
  void heed_growth(Store::Growth growth);
  void look_at_settings();
  void look_at_told_disk();
  void publish();
  std::vector<monitor::Check> checks() const;
  BrokerNumbers numbers() const;
  void look_at_cleanup();
  void look_at_seat();
  void take_seat();
  void renew_seat();
  void write_policy();
  void start_core(Epoch epoch);
  void load(JobId after);
  void step(const Input& input);
  void perform(Effects effects);
  void write(std::shared_ptr<const Batch> batch);
  void fetch(std::vector<JobId> ids);
  bool divert(Received& received);
  bool divert(const RetryJob& retry);
  void ship();
  using Shipment = std::shared_ptr<std::vector<Ferry::Cargo>>;
  void put_down(Shipment cargo);
  std::uint64_t await_allowance();
  void order(StoreThread::Work work);  // of the writer
  void finish_store_work();
  static void tell_away(std::string& told, const char* event, const std::string& why);
  void speak();
  void apply_key(const KeyRow& row);
  void stop(int code) { exit_code_ = code; }
  void read_clock();
  void step_down();
  void heed_signals();

  const LoopSettings settings_;
  WorkLimits limits_;                // as they are now
  net::Router router_;
  os::Watchdog watchdog_;
  net::Gate& gate_;
  std::unordered_map<std::string, WallTime> last_heard_;  // by public key; those that are admitted only
  os::Signals& signals_;
  os::Bell bell_;
  StoreThread writer_;
  StoreThread reader_;
  std::atomic<std::uint64_t> blob_rate_ = 0;  // bytes per second; 0: no bound
  Instant blob_next_{};                       // the blob thread's own: when the next chunk is due
  StoreThread blobs_;
  std::unique_ptr<WorkThread<cleanup::Office>> office_;  // none where jobs are kept in memory only
  const std::string cluster_;
  log::Decisions decisions_;
  std::unique_ptr<SeatKeeper> seat_;
  std::unique_ptr<Broker> core_;
  bool ready_ = false;               // the core has loaded
  std::string store_away_;           // why, as it was told last; empty: it answers
  OpenDoor open_door_;
  Ferry ferry_;
  Pace pace_;
  LoadWatch load_;
  std::uint64_t blob_sequence_ = 0;
  std::string blobs_away_;           // the same, of the blob thread's connection
  Mail mail_;
  std::vector<Send> outgoing_;       // of this turn
  Questions questions_;
  std::vector<JobId> fetch_later_;
  Now now_{};
  Instant service_asked_{};
  Instant next_tick_{};
  Instant next_disk_look_{};
  Instant next_settings_look_{};
  bool looking_at_settings_ = false;  // one at a time: a database that hangs is not asked again and again
  Store::Growth growth_;             // where the database grows
  Instant next_told_disk_look_{};
  bool looking_at_told_disk_ = false;
  std::optional<cleanup::VolumeRoom> told_disk_;  // of a database on another machine, as a node there tells
  std::optional<VolumeNumbers> volume_;       // of the database, as it was seen last
  std::optional<CleanupNumbers> cleanup_;     // as the database told last
  Instant next_cleanup_look_{};
  bool looking_at_cleanup_ = false;
  LoopCounts counts_;
  const std::uint64_t refused_before_;        // keys, by the gate: the door tries itself before there is a loop
  DatabaseSeen database_;
  std::string unsafe_;               // why the store could lose what it accepts; empty: it could not
  std::string seat_holder_told_;
  std::optional<int> exit_code_;
  std::uint64_t protocol_errors_ = 0;
};

}  // namespace cadre
