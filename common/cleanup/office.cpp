#include "common/cleanup/office.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/cleanup/duty.hpp"
#include "common/cleanup/office_link.hpp"
#include "common/cleanup/purge_records.hpp"
#include "common/cleanup/status.hpp"

namespace cadre::cleanup {

namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json json_of(const db::LeaseRow& row) {
  return {{"lease", row.resource}, {"holder", row.holder}, {"epoch", row.epoch}, {"renewals", row.renewals}, {"held", row.held()}, {"seconds_left", row.seconds_left}};
}

std::string said_by(const WouldGo& one) {
  switch (one.kept.by) {
    case Retention::By::queue: return "queue " + one.queue;
    case Retention::By::engine: return "engine " + one.engine;
    case Retention::By::all: return "all";
  }
  return "";
}

Json json_of(const WouldGo& one) {
  return {{"job", to_string(one.job)}, {"state", to_string(one.state)}, {"queue", one.queue}, {"engine", one.engine}, {"ended_ago", one.ended_ago.count()},
          {"kept_for", one.kept.keep.count()}, {"kept_by", said_by(one)}, {"bytes", one.bytes}};
}

// A sentence of ours that is no trouble of the database.
template <class T>
db::Outcome<T> sentence(const std::string& text) {
  return db::Trouble{db::Kind::refused, 0, text};
}

}  // namespace

Result<std::string> Office::status(WallTime now) {
  return with_link<std::string>([&](db::Link& link) -> db::Outcome<std::string> {
    auto seen = read_status(link, settings_, now);
    if (const auto* trouble = trouble_of(seen)) return *trouble;
    return dump(std::get<Json>(seen));
  });
}

Result<std::string> Office::forecast(WallTime now) {
  return with_link<std::string>([&](db::Link& link) -> db::Outcome<std::string> {
    auto told = read_forecast(link, settings_, now);
    if (const auto* trouble = trouble_of(told)) return *trouble;
    return dump(std::get<Json>(told));
  });
}

Result<std::string> Office::leases() {
  return with_link<std::string>([](db::Link& link) -> db::Outcome<std::string> {
    auto rows = db::read_leases(link);
    if (const auto* trouble = trouble_of(rows)) return *trouble;
    Json all = Json::array();
    for (const auto& row : std::get<std::vector<db::LeaseRow>>(rows)) all.push_back(json_of(row));
    return dump({{"leases", all}});
  });
}

Result<std::string> Office::break_lease(const std::string& resource) {
  return with_link<std::string>([&](db::Link& link) -> db::Outcome<std::string> {
    auto broken = db::break_lease(link, resource);
    if (const auto* trouble = trouble_of(broken)) return *trouble;
    if (!std::get<bool>(broken)) return sentence<std::string>(fmt::format("there is no lease '{}'; `cadre lease list` shows them", resource));
    return dump({{"lease", resource}, {"broken", true}});
  });
}

// By the lease's epoch, not by a time: whichever turn comes to its end after the next grant answers the wish.
Result<std::string> Office::want_turn(const std::string& duty, bool known) {
  return with_link<std::string>([&](db::Link& link) -> db::Outcome<std::string> {
    if (known) {
      auto added = db::add_duty(link, duty);
      if (const auto* trouble = trouble_of(added)) return *trouble;
    }
    auto wanted = link.execute("UPDATE lease SET asked = epoch + 1 WHERE resource = ?", {duty});
    if (const auto* trouble = trouble_of(wanted)) return *trouble;
    auto found = link.query("SELECT asked FROM lease WHERE resource = ?", {duty});
    if (const auto* trouble = trouble_of(found)) return *trouble;
    const auto& rows = std::get<db::Rows>(found);
    if (rows.empty()) return sentence<std::string>(fmt::format("there is no duty '{}'; `cadre cleanup status` shows them", duty));
    return dump({{"duty", duty}, {"asked", rows.i64(0, 0)}});
  });
}

Result<std::string> Office::would_go(std::uint64_t listed) {
  return with_link<std::string>([&](db::Link& link) -> db::Outcome<std::string> {
    auto read = read_policy(link);
    if (const auto* trouble = trouble_of(read)) return *trouble;
    const auto& policy = std::get<Policy>(read);
    PurgeLimits limits;
    limits.listed_max = std::min(listed, listed_max);
    PurgeRecords purge(link, std::nullopt, policy.retention, limits);
    while (true) {
      auto went = purge.step();
      if (const auto* trouble = trouble_of(went)) return *trouble;
      if (std::get<PurgeRecords::Went>(went) == PurgeRecords::Went::over) break;
    }
    const auto& counts = purge.counts();
    Json jobs = Json::array();
    for (const WouldGo& one : counts.listed) jobs.push_back(json_of(one));
    return dump({{"rows", counts.rows}, {"bytes", counts.bytes}, {"stay", counts.stay}, {"jobs", jobs}, {"policy", Json::parse(to_json(policy))}});
  });
}

Result<std::optional<VolumeRoom>> Office::exchange(const ToldLoad& load) {
  return with_link<std::optional<VolumeRoom>>([&](db::Link& link) -> db::Outcome<std::optional<VolumeRoom>> {
    auto told = tell_load(link, load);
    if (const auto* trouble = trouble_of(told)) return *trouble;
    return read_room(link);
  });
}

Result<Duration> Office::files_grace() {
  return with_link<Duration>([](db::Link& link) -> db::Outcome<Duration> {
    auto policy = read_policy(link);
    if (const auto* trouble = trouble_of(policy)) return *trouble;
    return std::get<Policy>(policy).files_grace;
  });
}

// By a lock on the job's row: a purge that is about to delete it either sees the wish or has deleted it.
Result<std::string> Office::keep(JobId job, bool kept, const std::string& by, WallTime now) {
  return with_link<std::string>([&](db::Link& link) -> db::Outcome<std::string> {
    auto done = kept ? link.execute("INSERT IGNORE INTO kept (job_id, by_whom, wall) SELECT id, ?, ? FROM job WHERE id = ? LOCK IN SHARE MODE",
                                    {by, std::int64_t{now.time_since_epoch().count()}, job.value})
                     : link.execute("DELETE FROM kept WHERE job_id = ?", {job.value});
    if (const auto* trouble = trouble_of(done)) return *trouble;
    auto there = link.query("SELECT 1 FROM job WHERE id = ?", {job.value});
    if (const auto* trouble = trouble_of(there)) return *trouble;
    if (std::get<db::Rows>(there).empty()) return sentence<std::string>(fmt::format("there is no job {} (any more)", to_string(job)));
    return dump({{"job", to_string(job)}, {"kept", kept}});
  });
}

Result<Done> Office::write_policy(const Policy& policy, WallTime now) {
  return with_link<Done>([&](db::Link& link) -> db::Outcome<Done> {
    auto written = link.execute("REPLACE INTO cleanup_policy (only_row, policy, wall) VALUES (1, ?, ?)",
                                {to_json(policy), std::int64_t{now.time_since_epoch().count()}});
    if (const auto* trouble = trouble_of(written)) return *trouble;
    return Done{};
  });
}

}  // namespace cadre::cleanup
