// What a monitoring system asks: is it well, how bad is it, and the numbers behind it. Pure: judged from the answers of
// the broker, written in the words of the systems (check_words.cpp).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"

namespace cadre::ctl {

// The exit codes of monitoring-plugins.
enum class Health : int { ok = 0, warning = 1, critical = 2, unknown = 3 };
std::string_view to_string(Health health);  // "ok", "warning", ...
Health worse(Health a, Health b);           // critical, warning, unknown, ok

// A number, and from where on it is bad.
struct Measure {
  enum class Unit : std::uint8_t { count, seconds, bytes };
  std::string label;  // "oldest"; the same in every run, for graphs
  double value = 0;
  Unit unit = Unit::count;
  std::optional<double> warn = {}, crit = {};  // worse than that
  bool low = false;                            // bad is what lies below
  std::optional<double> max = {};              // it cannot be more
  Health health() const;
};

struct Finding {
  Health health = Health::ok;
  std::string sentence;
};

struct Verdict {
  std::string check;              // "queue"
  std::string summary;            // where nothing is wrong
  std::vector<Finding> findings;  // what is wrong, and what else is to be said
  std::vector<Measure> measures;
  Health health() const;  // the worst
  // The worst finding, or the summary.
  std::string headline() const;
};

using Json = nlohmann::json;

struct QueueBounds {
  Duration warn = 15min, crit = 1h;  // that the oldest job has waited
};
// Of one queue, or of all (`queue` empty). From `status`.
Verdict judge_queue(const Json& status, const std::string& queue, const QueueBounds& bounds);

struct NodeBounds {
  Duration warn = 30s, crit = 1min;  // since a node that is connected was heard
};
// Of these nodes, or of all that the broker knows. From `node.list`.
Verdict judge_nodes(const Json& nodes, const std::vector<std::string>& names, const NodeBounds& bounds);

struct DatabaseBounds {
  std::optional<std::uint64_t> warn, crit;  // bytes free on its volume; absent: twice and once policy.free_space_min
};
// From `status` and `cleanup.status`; where that is refused, `cleanup` is a text that says why.
Verdict judge_database(const Json& status, const Json& cleanup, const DatabaseBounds& bounds);

struct CleanupBounds {
  std::optional<Duration> warn, crit;  // since records were purged; absent: two periods of the schedule, and never
};
// From `cleanup.status`.
Verdict judge_cleanup(const Json& cleanup, const CleanupBounds& bounds);

// Where nothing can be known.
Verdict nothing_known(const std::string& check, const std::string& why);

enum class CheckFormat : std::uint8_t { nagios, prtg, json };
std::string words_of(const Verdict& verdict, CheckFormat format);  // with a line end

}  // namespace cadre::ctl
