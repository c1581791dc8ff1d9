#include "broker/ctl/cleanup_dry.hpp"

#include <fmt/format.h>

#include "broker/ctl/output.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration patience = 30s;  // a node comes every 5 s, unless it is in a turn
constexpr Duration look_every = 500ms;

std::string count_of(const Json& json, const char* name) { return std::to_string(json.value(name, std::uint64_t{0})); }
std::string span(const Json& microseconds) { return age_for_people(Duration{microseconds.get<std::int64_t>()}); }

void show_rows(const Json& records) {
  std::uint64_t sum = 0;
  Table table({{"WHAT"}, {"WOULD GO", Table::Align::right}, {"BECAUSE"}});
  const Json keep = records["policy"]["keep"];
  const Json rows = records.value("rows", Json::object());
  for (const auto& [what, count] : rows.items()) {
    if (count == 0) continue;
    sum += count.get<std::uint64_t>();
    const std::string why = keep.contains(what) ? "kept for " + to_string(Duration{keep[what].get<std::int64_t>()}) + " (or as its queue or engine says)" : "no job is left that it belongs to";
    table.row({what, std::to_string(count.get<std::uint64_t>()), why});
  }
  if (sum == 0) say("no record is old enough to go");
  else table.print();
  const Json stay = records.value("stay", Json::object());
  for (const auto& [why, count] : stay.items()) say(fmt::format("{} jobs stay: {}", count.get<std::uint64_t>(), why));
  if (sum > 0) say(fmt::format("{} of payloads and results", bytes_for_people(records.value("bytes", std::uint64_t{0}))));
}

void show_jobs(const Json& records) {
  const Json jobs = records.value("jobs", Json::array());
  if (jobs.empty()) return;
  Table table({{"JOB"}, {"STATE"}, {"QUEUE"}, {"ENGINE"}, {"ENDED", Table::Align::right}, {"SIZE", Table::Align::right}, {"BECAUSE"}});
  for (const Json& job : jobs) {
    const std::string by = cell(job, "kept_by");
    table.row({cell(job, "job"), cell(job, "state"), cell(job, "queue"), cell(job, "engine"), span(job["ended_ago"]) + " ago", bytes_for_people(job["bytes"].get<std::uint64_t>()),
               fmt::format("kept for {}{}", to_string(Duration{job["kept_for"].get<std::int64_t>()}), by == "all" ? "" : ", says " + by)});
  }
  table.print();
}

void show_spool(Table& table, const std::string& node, const Json& seen) {
  const auto rows = [&](const char* group, const auto& why) {
    const Json first = seen[group].value("first", Json::array());
    for (const Json& one : first)
      table.row({node, printable(cell(one, "path")), count_of(one, "files"), bytes_for_people(one.value("bytes", std::uint64_t{0})), why(span(one["ownerless"]))});
    if (const auto more = seen[group].value("count", std::uint64_t{0}) - first.size(); more > 0)
      table.row({node, fmt::format("and {} more", more), "", "", why("some time")});
  };
  rows("goes", [](const std::string& ownerless) { return "would go: no owner for " + ownerless; });
  rows("waits", [&](const std::string& ownerless) { return fmt::format("stays: no owner for {}, goes after {}", ownerless, span(seen["grace"])); });
}

void say_spool(const std::string& node, const Json& seen) {
  if (seen.is_null()) return say(fmt::format("{}: did not tell within {} (it may be in a turn): `cadre node list`", node, to_string(patience)));
  if (const std::string error = cell(seen, "error"); !error.empty()) return say(fmt::format("{}: nothing would go: {}", node, error));
  say(fmt::format("{}: {} of its spool would go ({} files, {}), {} wait, {} have an owner", node, count_of(seen["goes"], "count"), count_of(seen["goes"], "files"),
                  bytes_for_people(seen["goes"].value("bytes", std::uint64_t{0})), count_of(seen["waits"], "count"), count_of(seen, "owned")));
  const Json left = seen.value("left", Json::array());
  for (const Json& sentence : left) say(fmt::format("{}: {}", node, printable(sentence.get<std::string>())));
}

}  // namespace

Json spools_seen(Context& context, const std::string& node) {
  const Json looks = context.ask("cleanup.look", {{"node", node}})["looks"];
  Json nodes = Json::object();
  for (const auto& [name, number] : looks.items()) nodes[name] = nullptr;
  const Instant until = os::boot_now() + patience;
  while (!nodes.empty()) {
    const Json seen = context.ask("cleanup.seen", {{"looks", looks}})["seen"];
    for (const auto& [name, told] : seen.items()) nodes[name] = told;
    if (seen.size() == looks.size() || os::boot_now() >= until) break;
    context.client().poll(look_every);
  }
  return nodes;
}

void show_dry(const Json& records, const Json& nodes) {
  if (!records.is_null()) {
    show_rows(records);
    show_jobs(records);
  }
  Table table({{"NODE"}, {"WHAT"}, {"FILES", Table::Align::right}, {"SIZE", Table::Align::right}, {"BECAUSE"}});
  for (const auto& [node, seen] : nodes.items())
    if (!seen.is_null()) show_spool(table, node, seen);
  if (!table.empty()) table.print();
  for (const auto& [node, seen] : nodes.items()) say_spool(node, seen);
}

}  // namespace cadre::ctl
