// Everything that people and tools ask (PROTOCOL.md lists the questions). Live facts come from the core, at the moment
// of the answer; history comes from the reader's connection. Answers never ask workers.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "broker/core/broker.hpp"
#include "broker/shell/spool_looks.hpp"
#include "broker/shell/store_thread.hpp"
#include "common/cleanup/office.hpp"
#include "broker/shell/views.hpp"
#include "common/monitor/monitor.hpp"
#include "common/os/clock.hpp"

namespace cadre {

class Questions {
 public:
  struct Doors {
    std::function<const Broker*()> core;          // null while there is none (no seat, loading)
    std::function<Now()> now;
    std::function<void(PeerId, Message)> say;
    std::function<void(Input)> step;              // hands an input to the core
    std::function<WallTime(const std::string&)> last_heard;  // of a public key, by this broker; 0: never
    std::vector<std::string> warnings;            // of the set-up, for every status
    StoreThread& reader;
    WorkThread<cleanup::Office>* office;          // null where jobs are kept in memory only
    std::function<void(Duration)> read_took;      // how long the history took to answer
    const monitor::Monitor* monitor;              // the pages for who watches; may be null
  };
  explicit Questions(Doors doors) : doors_(std::move(doors)) {}

  void ask(PeerId from, const Identity& who, const Ask& ask);
  void fetch_result(PeerId from, const Identity& who, const FetchResult& fetch);
  // `key`: the public key with which it was said; it gives way to the one in `join`.
  void join(PeerId from, const Identity& who, const std::string& key, const Join& join);
  // A client waits for, or cancelled, a job that is not open: its end is in the history.
  void look_up(const Lookup& lookup);

 private:
  using Json = views::Json;
  struct Asked {
    PeerId from;
    Identity who;
    std::uint64_t id = 0;
  };
  void answer(const Asked& asked, const Json& json);
  void refuse(const Asked& asked, const std::string& why);
  // Runs `query` at the reader, then `then` on the loop; where the store is away, `otherwise` with a sentence that says
  // so, which is refused with where nothing else is given.
  template <class T>
  void read(const Asked& asked, std::function<Stored<T>(Store&)> query, std::function<void(T&)> then,
            std::function<void(const std::string&)> otherwise = nullptr);
  void with_job(const Asked& asked, const Json& arguments, With with, std::function<void(JobFacts&)> then);

  void status(const Asked& asked);
  void job_show(const Asked& asked, const Json& arguments);
  void job_list(const Asked& asked, const Json& arguments);
  void job_why(const Asked& asked, const Json& arguments);
  void job_retry(const Asked& asked, const Json& arguments);
  void open_list(const Asked& asked, const ListFilter& filter);
  void open_list_in(const Asked& asked, const ListFilter& filter, const std::vector<std::pair<JobId, JobId>>& runs);
  void answer_list(const Asked& asked, const std::vector<Json>& jobs, JobId looked_down_to, const ListFilter& filter);
  void key_list(const Asked& asked);
  void key_change(const Asked& asked, const Json& arguments, bool revoke);
  void replace_key(PeerId from, const Identity& who, const std::string& key, const Join& join, const std::vector<KeyRow>& rows);
  void cordon(const Asked& asked, const Json& arguments, bool cordoned);
  void at_office(const Asked& asked, std::function<Result<std::string>(cleanup::Office&)> work);
  void clean_up(const Asked& asked, const std::string& question, const Json& arguments);
  void turn(const Asked& asked, const Ask& ask);
  void turn_take(const Asked& asked, const Ask& ask);
  void turn_seen(const Asked& asked, const Ask& ask);
  void look_at_spools(const Asked& asked, const std::string& node);
  void spools_seen(const Asked& asked, const Json& arguments);
  void senseless(const Asked& asked, const Ask& ask);
  void attempts_owned(const Asked& asked, const Ask& ask);
  void job_keep(const Asked& asked, const Json& arguments, bool kept);
  void remove_node(const Asked& asked, const Json& arguments);
  void log_level(const Asked& asked, const Json& arguments);

  Doors doors_;
  SpoolLooks looks_;
  std::set<std::tuple<PeerId, JobId, Watch, bool>> looking_up_;  // at the reader; the last: for a cancel
};

template <class T>
void Questions::read(const Asked& asked, std::function<Stored<T>(Store&)> query, std::function<void(T&)> then,
                     std::function<void(const std::string&)> otherwise) {
  if (!otherwise) otherwise = [this, asked](const std::string& why) { refuse(asked, why); };
  const bool posted = doors_.reader.post([query = std::move(query), then = std::move(then), otherwise = std::move(otherwise),
                                          read_took = doors_.read_took](Store& store) -> StoreThread::Completion {
    const Instant began = os::boot_now();
    auto found = std::make_shared<Stored<T>>(query(store));
    const Duration took = os::boot_now() - began;
    return [found, then, otherwise, read_took, took] {
      read_took(took);
      if (auto* value = std::get_if<T>(&*found)) return then(*value);
      const auto* away = std::get_if<Away>(&*found);
      otherwise("the database is away: " + (away != nullptr ? away->reason : std::string("fenced")) + "; try again");
    };
  });
  if (!posted) refuse(asked, "too many questions are waiting; try again");
}

}  // namespace cadre
