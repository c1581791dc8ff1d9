// cadre cleanup status: per duty, who did what when and what comes next; what is wrong, in sentences.
#include <algorithm>

#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t queues_shown = 3;

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

std::string per_day(const Json& flow) { return bytes_for_people(flow.value("bytes_per_day", std::uint64_t{0})); }

// The three queues that bring most, and how many others.
std::string by_queue(const Json& forecast) {
  std::vector<std::pair<std::uint64_t, std::string>> all;
  const Json queues = forecast.value("queues", Json::object());
  for (const auto& [queue, flow] : queues.items()) all.emplace_back(flow.value("bytes_per_day", std::uint64_t{0}), fmt::format("{} {}", queue, per_day(flow)));
  std::sort(all.rbegin(), all.rend());
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), queues_shown); ++i) text += (i == 0 ? "" : ", ") + all[i].second;
  return all.size() <= queues_shown ? text : fmt::format("{}, and {} more", text, all.size() - queues_shown);
}

std::string what_holds(const Json& forecast) {
  if (forecast["keep_done"].is_null()) return "no keep_done would hold for ever, not even 0s: what else is kept is too much";
  const Duration longest{forecast["keep_done"].get<std::int64_t>()};
  return fmt::format("keep_done: {} would hold for ever", longest >= 48h ? fmt::format("{}d", longest / 24h) : fmt::format("{}h", longest / 1h));
}

void tell_forecast(const Json& forecast) {
  const Duration window{forecast.value("window", std::int64_t{0})};
  if (window == Duration{}) return print("forecast: the cluster has served for less than an hour; that says nothing about a day\n");
  print(fmt::format("forecast: {} a day, in {} jobs, over the last {} of service{}\n", per_day(forecast), forecast.value("jobs_per_day", std::uint64_t{0}),
                    age_for_people(window), forecast.value("queues", Json::object()).empty() ? "" : ": " + by_queue(forecast)));
  const std::string steady = bytes_for_people(forecast.value("steady", std::uint64_t{0}));
  if (forecast["room"].is_null())
    return print(fmt::format("forecast: what is kept grows to {}; how long the disk lasts cannot be told: {}\n", steady, cell(forecast, "room_why_not")));
  const std::string room = bytes_for_people(forecast["room"].get<std::uint64_t>());
  if (forecast["full_in"].is_null()) return print(fmt::format("forecast: never full at this rate: it grows to {} of {}; {}\n", steady, room, what_holds(forecast)));
  print(fmt::format("forecast: full in {} at this rate; {}\n", age_for_people(Duration{forecast["full_in"].get<std::int64_t>()}), what_holds(forecast)));
}

void tell_volume(const Json& volume) {
  if (!volume.is_object()) return;  // a broker of an earlier release
  if (const std::string why = cell(volume, "why_not"); !why.empty())
    return print(fmt::format("volume: not visible, so nothing stops submits before it is full: {}\n", why));
  const std::string node = cell(volume, "node");
  print(fmt::format("volume: {}{} has {} free of {}; below {} submits are put off\n", cell(volume, "directory"), node.empty() ? "" : " on " + node, bytes_for_people(volume.value("free", std::uint64_t{0})),
                    bytes_for_people(volume.value("total", std::uint64_t{0})), bytes_for_people(volume.value("free_space_min", std::uint64_t{0}))));
}

// A broker of an earlier release does not know the question.
Json forecast_of(Context& context) {
  const auto answer = context.client().ask("cleanup.forecast", "{}", context.globals().patience);
  if (!answer) return {{"error", answer.error()}};
  Json json = Json::parse(*answer, nullptr, false);
  return json.is_object() ? json : Json{{"error", "the broker's answer makes no sense"}};
}

Exit run(Context& context) {
  Json answer = context.ask("cleanup.status");
  answer["forecast"] = forecast_of(context);
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
  if (const std::string error = cell(answer["forecast"], "error"); !error.empty()) print("forecast: " + printable(error) + "\n");
  else tell_forecast(answer["forecast"]);
  return Exit::ok;
}

}  // namespace

Command commands::cleanup_status() {
  return {"cleanup status", "What clean-up did, does and will do, and what keeps it from it", "cadre cleanup status", [](Arguments&) -> Run { return run; }};
}

}  // namespace cadre::ctl
