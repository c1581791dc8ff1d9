// cadre cleanup status: per duty, who did what when and what comes next; what is wrong, in sentences.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

std::string time_of(const Json& micros) {
  const WallTime time{Duration{micros.get<std::int64_t>()}};
  return time == WallTime{} ? "never" : to_string(time).substr(0, 19) + "Z";
}

std::string removed(const Json& run) {
  std::string text;
  const Json rows = run.value("rows", Json::object());
  for (const auto& [what, count] : rows.items())
    if (count.get<std::uint64_t>() > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.get<std::uint64_t>(), what);
  const auto files = run.value("files", std::uint64_t{0}), bytes = run.value("bytes", std::uint64_t{0});
  if (files > 0) text += fmt::format("{}{} files", text.empty() ? "" : ", ", files);
  if (bytes > 0) text += fmt::format(" ({})", bytes_for_people(bytes));
  return text.empty() ? "nothing" : text;
}

std::string state(const Json& duty) {
  const Json runs = duty.value("runs", Json::array());
  if (!runs.empty() && runs[0].value("running", false)) return runs[0].value("slow", false) ? "runs, slowly" : "runs";
  if (duty.value("held", false)) return "held";
  return duty.value("due", false) ? "due" : "waits";
}

std::string last(const Json& duty) {
  const Json runs = duty.value("runs", Json::array());
  if (runs.empty()) return "never";
  const Json& run = runs[0];
  if (run.value("running", false)) return fmt::format("since {}: {} so far, at {}", time_of(run["began"]), removed(run), cell(run, "phase"));
  if (run.value("cut_short", false)) return fmt::format("{} by {}: cut short after {}", time_of(run["began"]), cell(run, "node"), removed(run));
  const auto took = Duration{run["ended"].get<std::int64_t>() - run["began"].get<std::int64_t>()};
  const std::string error = cell(run, "error");
  const auto left = run.value("left", Json::array());
  const std::string unremoved = left.empty() ? "" : fmt::format("; {} left, such as {}", left.size(), printable(left[0].get<std::string>()));
  return fmt::format("{} by {}, {}: {}{}{}", time_of(run["began"]), cell(run, "node"), to_string(took), removed(run), unremoved, error.empty() ? "" : "; " + error);
}

void tell_volume(const Json& volume) {
  if (!volume.is_object()) return;  // a broker of an earlier release
  if (const std::string why = cell(volume, "why_not"); !why.empty())
    return print(fmt::format("volume: not visible, so nothing stops submits before it is full: {}\n", why));
  print(fmt::format("volume: {} has {} free of {}; below {} submits are put off\n", cell(volume, "directory"), bytes_for_people(volume.value("free", std::uint64_t{0})),
                    bytes_for_people(volume.value("total", std::uint64_t{0})), bytes_for_people(volume.value("free_space_min", std::uint64_t{0}))));
}

Exit run(Context& context) {
  Json answer = context.ask("cleanup.status");
  if (context.json()) {
    print_json(answer);
    return Exit::ok;
  }
  for (const auto& warning : answer.value("warnings", Json::array())) say("warning: " + warning.get<std::string>());
  Table table({{"DUTY"}, {"STATE"}, {"NEXT"}, {"LAST"}});
  for (const auto& duty : answer.value("duties", Json::array())) {
    std::string next;
    for (const auto& start : duty.value("next", Json::array())) next += (next.empty() ? "" : " ") + (next.empty() ? time_of(start) : time_of(start).substr(11));
    table.row({cell(duty, "duty"), state(duty), next, last(duty)});
  }
  table.print();
  for (const auto& node : answer["records"]["nodes"])
    print(fmt::format("records: {} {}: {}\n", cell(node, "node"), !node.value("fresh", false) ? "has not been heard of lately" : node.value("purges", false) ? "purges" : "does not purge", cell(node, "why")));
  const Json& database = answer["database"];
  print(fmt::format("database: {} in use, {} free inside its files (`cadre db compact` gives that back)\n", bytes_for_people(database.value("bytes", std::uint64_t{0})),
                    bytes_for_people(database.value("reclaimable", std::uint64_t{0}))));
  tell_volume(answer["volume"]);
  return Exit::ok;
}

}  // namespace

Command commands::cleanup_status() {
  return {"cleanup status", "What clean-up did, does and will do, and what keeps it from it", "cadre cleanup status", [](CLI::App&) -> Run { return run; }};
}

}  // namespace cadre::ctl
