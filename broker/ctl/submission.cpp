#include "broker/ctl/submission.hpp"

#include <fmt/format.h>

#include "broker/ctl/files.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/notices.hpp"
#include "broker/ctl/output.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t under_way_max =
    400;  // submits without an answer: what the socket surely queues (half of its mark)
constexpr std::uint64_t bytes_under_way_max = 32u << 20;  // their payloads
constexpr Duration silence_told = 5s;
constexpr Duration silence_max = 60s;  // a broker that restarts or a seat that moves takes less
constexpr Duration why_every = 3s;
constexpr std::size_t failures_shown_max = 20;  // in full; the rest is counted
constexpr std::size_t keys_named_max = 5;

std::string fresh_key() {
  return os::random_key(static_cast<std::uint64_t>(os::wall_now().time_since_epoch().count() / 1000));
}

}  // namespace

Submission::Submission(Context& context, SubmissionSettings settings, Source source)
    : context_(context),
      client_(context.client()),
      settings_(std::move(settings)),
      source_(std::move(source)),
      started_(os::boot_now()),
      progress_(settings_.model.engine, source_.total(), started_, source_.total() != 1),
      heard_(started_),
      asked_why_(started_) {
  const bool results = settings_.wait && (single() || !settings_.directory.empty());
  settings_.model.watch = !settings_.wait ? Watch::none : results ? Watch::result : Watch::notice;
}

bool Submission::finished() const {
  return all_made_ && !held_ && answered_ == entries_.size() && (!settings_.wait || ended_ == accepted_);
}

Exit Submission::run() {
  on_interrupt(settings_.wait ? "cadre: stopped waiting; jobs that were accepted go on: cadre job list"
                              : "cadre: stopped; jobs that were accepted stay: cadre job list");
  while (!finished()) {
    hand_in();
    const Client::Heard heard = client_.poll(100ms);
    if (!heard.answers.empty() || !heard.notices.empty()) heard_ = os::boot_now(), told_silence_ = false;
    if (!heard.put_off.empty()) hear_put_off(heard.put_off);
    for (const auto& answer : heard.answers) hear(answer);
    for (const auto& notice : heard.notices) hear(notice);
    print_ids();
    const std::uint64_t total = all_made_ ? entries_.size() : source_.total();
    progress_.update(os::boot_now(), settings_.wait ? ended_ + refused_ : answered_,
                     settings_.wait ? failed_ : refused_, total);
    if (finished()) break;
    tell_why_it_waits();
    look_at_the_time();
  }
  progress_.clear();
  on_interrupt(nullptr);
  return report();
}

// As many as there is room for; a payload is read when its turn has come.
void Submission::hand_in() {
  while (!all_made_ || held_) {
    if (!held_) {
      auto piece = source_.next();
      if (!piece) {
        all_made_ = true;
        return;
      }
      Entry entry;
      entry.label = std::move(piece->label);
      entry.key = settings_.model.key.empty()
                      ? fresh_key()
                      : settings_.model.key + (piece->suffix.empty() ? "" : "/" + piece->suffix);
      entry.bytes = piece->payload.size();
      if (entry.key.size() > limits::key_bytes_max)
        throw Stop{Exit::bad_data, fmt::format("the key '{}' has {} bytes, the limit is {}; choose a shorter --key",
                                               entry.key, entry.key.size(), limits::key_bytes_max)};
      held_body_ = std::make_shared<const Body>(Body{settings_.params, std::move(piece->payload)});
      by_key_[entry.key] = held_.emplace(entries_.size());
      entries_.push_back(std::move(entry));
    }
    const Entry& entry = entries_[*held_];
    const std::size_t open = entries_.size() - 1 - answered_;
    if (open >= under_way_max || (open > 0 && bytes_under_way_ + entry.bytes > bytes_under_way_max)) return;
    JobRequest job = settings_.model;
    job.key = entry.key;
    job.body = held_body_;
    if (!client_.post(std::move(job))) return;
    bytes_under_way_ += entry.bytes;
    held_.reset();
    held_body_.reset();
  }
}

void Submission::hear(const SubmitAnswer& answer) {
  const auto place = by_key_.find(answer.key);
  if (place == by_key_.end() || !under_way(entries_[place->second])) return;
  Entry& entry = entries_[place->second];
  bytes_under_way_ -= entry.bytes;
  entry.standing = answer.standing;
  entry.job = answer.job;
  entry.reason = answer.reason;
  ++answered_;
  if (answer.standing == Standing::refused) {
    ++refused_;
    progress_.say(fmt::format("cadre: {}refused: {}", entry.label.empty() ? "" : entry.label + ": ", answer.reason));
    return;
  }
  ++accepted_;
  by_job_[answer.job] = place->second;
  if (answer.standing == Standing::repeat && entries_.size() == 1)
    progress_.say(fmt::format("{} was submitted before under the key '{}'", to_string(answer.job), answer.key));
}

void Submission::hear(const Notice& notice) {
  const auto place = by_job_.find(notice.job);
  if (place == by_job_.end() || entries_[place->second].ended) return;
  Entry& entry = entries_[place->second];
  if (!is_final(notice)) return show(notice);
  entry.ended = true;
  ++ended_;
  if (!is_done(notice) || notice.result_gone) ++failed_, show(notice);
  if (notice.output && !settings_.directory.empty()) keep_result(notice);
  entry.end = notice;
  if (!single()) entry.end.output = nullptr;
  print_end(entry);
}

// Told once for each new reason. It is no answer: the patience runs on.
void Submission::hear_put_off(const std::string& why) {
  told_silence_ = true;
  if (std::exchange(put_off_, why) == why) return;
  progress_.say(fmt::format("the broker takes no jobs for now: {}; still trying", printable(why)));
}

// A single job's files lie in the directory itself, those of many each in a directory with the job's name.
void Submission::keep_result(const Notice& notice) {
  write_results(*notice.output, single() ? settings_.directory : settings_.directory / to_string(notice.job));
}

void Submission::show(const Notice& notice) {
  if (++shown_ > failures_shown_max) {
    if (shown_ == failures_shown_max + 1)
      progress_.say("more failures are only counted from here on; `cadre job show JOB` tells about each");
    return;
  }
  progress_.say(tell(notice, settings_.model.engine));
}

// Nothing has come for a while: the first open job's own reason, once for each new reason.
void Submission::tell_why_it_waits() {
  const Instant now = os::boot_now();
  if (!settings_.wait || answered_ < entries_.size() || now - std::max(heard_, asked_why_) < why_every) return;
  asked_why_ = now;
  while (first_open_ < entries_.size() && (entries_[first_open_].ended || !entries_[first_open_].job)) ++first_open_;
  if (first_open_ == entries_.size()) return;
  auto answer =
      client_.ask("job.why", Json{{"job", to_string(entries_[first_open_].job)}}.dump(), context_.globals().patience);
  if (!answer) return;  // the broker is busy with itself; the wait goes on
  const Json why = Json::parse(*answer, nullptr, false);
  const std::string state = cell(why, "state"), words = cell(why, "why");
  if (state != "ready" && state != "delayed") return;
  // Numbers in the reason change all the time ("3 jobs stand before it"); the kind of reason is its first words.
  if (words.substr(0, 12) == why_.substr(0, 12)) return;
  why_ = words;
  progress_.say(fmt::format("{} waits: {}", to_string(entries_[first_open_].job), printable(words)));
}

void Submission::look_at_the_time() {
  const Instant now = os::boot_now();
  if (settings_.wait && settings_.deadline > Duration{} && now - started_ >= settings_.deadline)
    throw Stop{Exit::again, fmt::format("{} of {} jobs have not ended after {}; they go on: cadre job wait {}",
                                        accepted_ - ended_, accepted_, to_string(settings_.deadline),
                                        by_job_.empty() ? "JOB" : to_string(by_job_.begin()->first))};
  const std::size_t open = entries_.size() - answered_;
  if (open == 0 || now - heard_ < silence_told) return;
  if (!std::exchange(told_silence_, true))
    progress_.say(
        "no answer from the broker for 5 s: it restarts, waits for its database, or cannot be reached; still trying");
  if (now - heard_ < silence_max) return;
  std::string keys;
  std::size_t named = 0;
  for (const Entry& entry : entries_)
    if (under_way(entry) && ++named <= keys_named_max)
      keys += fmt::format("\n  {}{}", entry.key, entry.label.empty() ? "" : " (" + entry.label + ")");
  throw Stop{Exit::again,
             fmt::format("{} of {} submits are unanswered after {}{}: they may be stored or not\n"
                         "  see:    cadre job show key:KEY\n  repeat: the same command with --key; under the same key "
                         "it is harmless\n  keys:{}{}",
                         open, entries_.size(), to_string(silence_max),
                         put_off_.empty() ? "" : " (" + printable(put_off_) + ")", keys, named > keys_named_max ? "\n  ..." : "")};
}

// In the order of the input, as far as they are known.
void Submission::print_ids() {
  if (settings_.wait || context_.json()) return;
  std::string lines;
  for (; printed_ < entries_.size() && !under_way(entries_[printed_]); ++printed_)
    if (entries_[printed_].job) lines += to_string(entries_[printed_].job) + "\n";
  if (lines.empty()) return;
  progress_.make_way();
  print(lines);
}

void Submission::print_end(const Entry& entry) {
  if (context_.json() || single()) return;
  progress_.make_way();
  print(fmt::format("{} {} {}\n", to_string(entry.job), to_string(entry.end.state), entry.label));
}

Exit Submission::report() {
  const Exit exit = refused_ > 0 ? Exit::bad_data : failed_ > 0 ? Exit::not_so : Exit::ok;
  if (context_.json()) {
    print_json(to_json());
    return exit;
  }
  if (!single()) {
    const std::string took = to_string(os::boot_now() - started_);
    if (settings_.wait)
      say(fmt::format("{} done, {} failed{} in {}", ended_ - failed_, failed_,
                      refused_ > 0 ? fmt::format(", {} refused", refused_) : "", took));
    else
      say(fmt::format("{} submitted{} in {}", accepted_, refused_ > 0 ? fmt::format(", {} refused", refused_) : "",
                      took));
    return exit;
  }
  if (!settings_.wait || entries_.empty() || !is_done(entries_[0].end) || !entries_[0].ended || entries_[0].end.result_gone) return exit;
  const Entry& entry = entries_[0];
  const std::string job = to_string(entry.job);
  const Output none, &output = entry.end.output ? *entry.end.output : none;
  if (!settings_.directory.empty()) {
    for (const auto& file : output) print((settings_.directory / file.name).string() + "\n");
  } else if (output.size() == 1) {
    show_result(output[0], fmt::format("cadre job result {} -o DIR", job));
  } else {
    for (const auto& file : output) say(fmt::format("  {}  {}", file.name, bytes_for_people(file.bytes.size())));
    say(output.empty() ? fmt::format("{} is done; it left no files", job)
                       : fmt::format("{} is done and left {} files; to get them: cadre job result {} -o DIR", job,
                                     output.size(), job));
  }
  return exit;
}

Json Submission::to_json() const {
  constexpr std::string_view words[] = {"accepted", "repeat", "refused", "retry_later"};
  Json list = Json::array();
  for (const Entry& entry : entries_) {
    Json json = entry.ended ? ctl::to_json(entry.end) : Json::object();
    if (entry.job) json["job"] = to_string(entry.job);
    json["key"] = entry.key;
    json["input"] = entry.label;
    json["standing"] = words[static_cast<std::size_t>(entry.standing)];
    if (!entry.reason.empty()) json["refusal"] = entry.reason;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace cadre::ctl
