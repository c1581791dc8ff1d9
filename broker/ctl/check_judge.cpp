#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/check.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

double number(const Json& json, const char* name) {
  const auto place = json.find(name);
  return place == json.end() || !place->is_number() ? 0 : place->get<double>();
}

std::string age(double value) { return age_for_people(Duration{static_cast<std::int64_t>(value * 1e6)}); }
std::string bytes(double value) { return bytes_for_people(static_cast<std::uint64_t>(value)); }
std::string counted(double value, const char* what) {
  return fmt::format("{:.0f} {}{}", value, what, value == 1 ? "" : "s");
}

int severity(Health health) {
  switch (health) {
    case Health::ok:
      return 0;
    case Health::unknown:
      return 1;
    case Health::warning:
      return 2;
    case Health::critical:
      return 3;
  }
  return 1;
}

// Says in words what a measure beyond its bounds means.
void find(Verdict& verdict, const Measure& measure, std::string sentence) {
  if (measure.health() != Health::ok) verdict.findings.push_back({measure.health(), std::move(sentence)});
  verdict.measures.push_back(measure);
}

}  // namespace

Health worse(Health a, Health b) { return severity(a) < severity(b) ? b : a; }

Health Measure::health() const {
  const auto beyond = [&](const std::optional<double>& bound) {
    return bound && (low ? value < *bound : value > *bound);
  };
  return beyond(crit) ? Health::critical : beyond(warn) ? Health::warning : Health::ok;
}

Health Verdict::health() const {
  Health worst = Health::ok;
  for (const auto& measure : measures) worst = worse(worst, measure.health());
  for (const auto& finding : findings) worst = worse(worst, finding.health);
  return worst;
}

std::string Verdict::headline() const {
  const auto worst = std::max_element(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return severity(a.health) < severity(b.health);
  });
  return worst == findings.end() || worst->health == Health::ok ? summary : worst->sentence;
}

Verdict nothing_known(const std::string& check, const std::string& why) {
  return {check, "", {{Health::unknown, why}}, {}};
}

Verdict judge_queue(const Json& status, const std::string& queue, const QueueBounds& bounds) {
  const auto queues = status.find("queues");
  if (queues == status.end())
    return nothing_known("queue", "the broker does not tell of its queues: it is of an earlier release than this tool");
  double oldest = 0, waiting = 0, delayed = 0, running = 0;
  std::string where;
  for (const auto& one : *queues) {
    const std::string name = cell(one, "queue");
    if (!queue.empty() && name != queue) continue;
    waiting += number(one, "waiting");
    delayed += number(one, "delayed");
    running += number(one, "running");
    if (const double waits = number(one, "oldest_seconds"); number(one, "waiting") > 0 && waits >= oldest) {
      oldest = waits;
      where = name;
    }
  }
  Verdict verdict;
  verdict.check = "queue";
  std::string what = counted(waiting, "job") + " waiting";
  if (!queue.empty()) what += " in queue " + queue;
  if (waiting > 0) what += ", the oldest for " + age(oldest);
  if (waiting > 0 && queue.empty()) what += " in queue " + where;
  verdict.summary = what + fmt::format(", {:.0f} running", running);
  find(verdict, {"oldest", oldest, Measure::Unit::seconds, seconds_of(bounds.warn), seconds_of(bounds.crit)},
       fmt::format("{} (cadre job list --state ready, cadre job why)", what));
  for (const auto& [label, value] : {std::pair{"waiting", waiting}, {"delayed", delayed}, {"running", running}})
    verdict.measures.push_back({label, value});
  return verdict;
}

namespace {

// What is wrong with one node, as findings; true where it takes part.
bool judge_node(Verdict& verdict, const Json& node, double& lost, double& troubled, double& quarantined) {
  const std::string name = cell(node, "node"), state = cell(node, "state"), trouble = cell(node, "trouble");
  const bool on_purpose = node.value("cordoned", false);
  if (state == "lost" && on_purpose)
    verdict.findings.push_back(
        {Health::ok, fmt::format("node {} is not connected, and was taken out on purpose (cordoned)", name)});
  if (state == "lost" && !on_purpose) {
    ++lost;
    verdict.findings.push_back(
        {Health::critical, fmt::format("node {} {}", name, node.value("seen_seconds", Json()).is_null()
                                                              ? "has not connected since the broker's start; gone for good: cadre node remove"
                                                              : "is lost: check its worker and the network")});
  }
  if (state == "lost") return false;
  if (!trouble.empty()) {
    ++troubled;
    verdict.findings.push_back({Health::warning, fmt::format("node {} takes no work: {}", name, trouble)});
  } else if (state != "ready") {
    verdict.findings.push_back({Health::ok, fmt::format("node {} is {}", name, state)});
  }
  for (const auto& engine : node.value("engines", Json::array())) {
    if (!engine.contains("quarantine")) continue;
    ++quarantined;
    verdict.findings.push_back(
        {Health::warning,
         fmt::format("engine {} is quarantined on {}: {}", cell(engine, "engine"), name, cell(engine, "quarantine"))});
  }
  return true;
}

}  // namespace

Verdict judge_nodes(const Json& nodes, const std::vector<std::string>& names, const NodeBounds& bounds) {
  Verdict verdict;
  verdict.check = "node";
  double up = 0, known = 0, lost = 0, troubled = 0, quarantined = 0, silence = 0;
  std::string quietest;
  for (const auto& node : nodes) {
    const std::string name = cell(node, "node");
    if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
    ++known;
    if (!judge_node(verdict, node, lost, troubled, quarantined)) continue;
    ++up;
    if (const double heard = number(node, "seen_seconds"); heard >= silence) {
      silence = heard;
      quietest = name;
    }
  }
  for (const auto& name : names) {
    const bool there =
        std::any_of(nodes.begin(), nodes.end(), [&](const Json& node) { return cell(node, "node") == name; });
    if (there) continue;
    ++lost;
    verdict.findings.push_back(
        {Health::critical,
         fmt::format("node {} has not connected since the broker's start; `cadre node list` shows those that have",
                     name)});
  }
  if (known == 0 && names.empty())
    verdict.findings.push_back({Health::critical, "no node has ever connected: start cadre-worker on one"});
  verdict.summary = fmt::format("{:.0f} of {} connected", up, counted(known, "node"));
  find(verdict, {"silence", silence, Measure::Unit::seconds, seconds_of(bounds.warn), seconds_of(bounds.crit)},
       fmt::format("node {} has not been heard for {}", quietest, age(silence)));
  verdict.measures.push_back({"up", up});
  verdict.measures.push_back({"lost", lost, Measure::Unit::count, {}, 0.0});
  verdict.measures.push_back({"troubled", troubled, Measure::Unit::count, 0.0});
  verdict.measures.push_back({"quarantined", quarantined, Measure::Unit::count, 0.0});
  return verdict;
}

namespace {

void judge_volume(Verdict& verdict, const Json& volume, const DatabaseBounds& bounds) {
  if (!volume.is_object() || volume.contains("why_not")) {
    const bool asked = bounds.warn || bounds.crit;
    return verdict.findings.push_back(
        {asked ? Health::unknown : Health::ok,
         "the database's volume cannot be seen, watch it on its own machine: " +
             (volume.is_object() ? cell(volume, "why_not") : "the broker is of an earlier release")});
  }
  const double free = number(volume, "free"), least = number(volume, "free_space_min");
  const double warn = bounds.warn ? static_cast<double>(*bounds.warn) : 2 * least,
               crit = bounds.crit ? static_cast<double>(*bounds.crit) : least;
  const std::string node = cell(volume, "node");
  const std::string place = fmt::format("{} free on the database's volume, {}{}", bytes(free),
                                        cell(volume, "directory"), node.empty() ? "" : " on " + node);
  verdict.summary = "it answers; " + place;
  find(verdict, {"free", free, Measure::Unit::bytes, warn, crit, true, number(volume, "total")},
       fmt::format("{}; below {} submits are put off: free some, or keep less (cleanup.keep_done)", place,
                   bytes(least)));
}

// A refusal is the database's word: it is asked by the broker. Where there is no answer, the broker may be busy.
Finding why_not_told(const Json& answer) {
  const std::string why =
      answer.is_string() ? answer.get<std::string>() : "the broker's answer about clean-up makes no sense";
  const bool nobody_knows =
      !answer.is_string() || why.starts_with("no answer") || why.starts_with("too many questions");
  return {nobody_knows ? Health::unknown : Health::critical, why};
}

}  // namespace

Verdict judge_database(const Json& status, const Json& cleanup, const DatabaseBounds& bounds) {
  Verdict verdict;
  verdict.check = "db";
  verdict.summary = "it answers";
  if (const auto trouble = cell(status, "store_trouble"); !trouble.empty())
    verdict.findings.push_back({Health::critical, "submits are put off: " + trouble});
  if (!cleanup.is_object()) {
    verdict.findings.push_back(why_not_told(cleanup));
    return verdict;
  }
  judge_volume(verdict, cleanup.value("volume", Json()), bounds);
  const Json database = cleanup.value("database", Json::object());
  verdict.measures.push_back({"used", number(database, "bytes"), Measure::Unit::bytes});
  verdict.measures.push_back({"reclaimable", number(database, "reclaimable"), Measure::Unit::bytes});
  return verdict;
}

namespace {

// Since the records were purged, in seconds; nothing where that has never been.
std::optional<double> judge_duties(Verdict& verdict, const Json& cleanup, double& late) {
  std::optional<double> since;
  for (const auto& duty : cleanup.value("duties", Json::array())) {
    const std::string name = cell(duty, "duty");
    late += duty.value("late", false) ? 1 : 0;
    const double last = number(duty, "last_good");
    if (name == "cleanup/records" && last > 0) since = std::max(0.0, (number(cleanup, "now") - last) / 1e6);
    const Json runs = duty.value("runs", Json::array());
    if (runs.empty() || runs[0].value("ok", false) || runs[0].value("running", false)) continue;
    const std::string error = cell(runs[0], "error");
    verdict.findings.push_back({Health::warning, fmt::format("{}: the last turn did not come to its end{}", name,
                                                             error.empty() ? "" : ": " + error)});
  }
  return since;
}

}  // namespace

Verdict judge_cleanup(const Json& cleanup, const CleanupBounds& bounds) {
  Verdict verdict;
  verdict.check = "cleanup";
  double late = 0;
  const auto since = judge_duties(verdict, cleanup, late);
  bool somebody = false;
  const Json records = cleanup.value("records", Json::object());
  for (const auto& node : records.value("nodes", Json::array()))
    somebody = somebody || (node.value("fresh", false) && node.value("purges", false));
  const auto warnings = cleanup.value("warnings", Json::array());
  if (!somebody)
    verdict.findings.push_back(
        {Health::critical, "nobody purges records: the database only grows (cadre cleanup status)"});
  for (const auto& warning : warnings) verdict.findings.push_back({Health::warning, warning.get<std::string>()});
  verdict.summary = since ? fmt::format("records were purged {} ago", age(*since)) : "no turn has been due yet";
  const auto bound = [](const std::optional<Duration>& duration) {
    return duration ? std::optional(seconds_of(*duration)) : std::nullopt;
  };
  if (since)
    find(verdict, {"records_age", *since, Measure::Unit::seconds, bound(bounds.warn), bound(bounds.crit)},
         fmt::format("records were purged {} ago", age(*since)));
  else if (bounds.warn || bounds.crit)
    verdict.findings.push_back({bounds.crit ? Health::critical : Health::warning, "records have never been purged"});
  verdict.measures.push_back({"late", late, Measure::Unit::count, 0.0});
  verdict.measures.push_back({"warnings", static_cast<double>(warnings.size()), Measure::Unit::count, 0.0});
  return verdict;
}

}  // namespace cadre::ctl
