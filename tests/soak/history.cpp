#include "tests/soak/history.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cadre::soak {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, whats> words{
    "invoke",  "accepted", "refused", "unanswered", "told",     "told_unknown", "cancel_told", "kept",        "start",       "end",
    "job_in",  "job_out",  "attempt_in", "attempt_out", "end_in", "end_out",    "outcome_in",  "outcome_out", "key_out",     "kept_in",
    "kept_out", "blob_out", "lease",   "has_job",    "has_key",  "left_over",    "torn",        "fault_begin", "fault_end",   "died",
    "forced",  "file_gone", "file_stays", "unpurged", "stuck"};

}  // namespace

std::string_view to_string(What what) { return words[static_cast<std::size_t>(what)]; }

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::uint64_t digest_of(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::uint64_t first = 0;
  for (int i = 0; i < 8; ++i) first = first << 8 | hash[static_cast<std::size_t>(i)];
  return first >> 4;
}

// Only what differs from an empty event: the lines are written for people too.
std::string to_line(const Event& event) {
  static const Event none;
  Json json{{"t", event.t}, {"what", to_string(event.what)}};
  const auto put = [&](const char* key, const auto& value, const auto& otherwise) {
    if (value != otherwise) json[key] = value;
  };
  put("n", event.n, none.n);
  put("who", event.who, none.who);
  put("name", event.name, none.name);
  put("note", event.note, none.note);
  put("account", event.account, none.account);
  if (event.job) json["job"] = to_string(event.job);
  put("number", event.number, none.number);
  if (event.state != none.state) json["state"] = to_string(event.state);
  put("digest", event.digest, none.digest);
  put("connection", event.connection, none.connection);
  put("epoch", event.epoch, none.epoch);
  put("old_epoch", event.old_epoch, none.old_epoch);
  put("blob", event.blob, none.blob);
  put("service", event.service, none.service);
  put("definite", event.definite, none.definite);
  put("whole", event.whole, none.whole);
  put("held_before", event.held_before, none.held_before);
  put("held_after", event.held_after, none.held_after);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Event> from_line(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    Event event;
    const auto get = [&](const char* key, auto& into) {
      if (const auto found = json.find(key); found != json.end()) found->get_to(into);
    };
    std::string what, job, state;
    get("what", what);
    std::size_t known = 0;
    while (known < whats && words[known] != what) ++known;
    if (known == whats) return Error{"there is no event '" + what + "'"};
    event.what = static_cast<What>(known);
    get("t", event.t);
    get("n", event.n);
    get("who", event.who);
    get("name", event.name);
    get("note", event.note);
    get("account", event.account);
    get("job", job);
    if (!job.empty()) {
      const auto id = parse_job_id(job);
      if (!id) return Error{"'" + job + "' is no job"};
      event.job = *id;
    }
    get("number", event.number);
    get("state", state);
    if (!state.empty()) {
      const auto parsed = parse_job_state(state);
      if (!parsed) return Error{"'" + state + "' is no state"};
      event.state = *parsed;
    }
    get("digest", event.digest);
    get("connection", event.connection);
    get("epoch", event.epoch);
    get("old_epoch", event.old_epoch);
    get("blob", event.blob);
    get("service", event.service);
    get("definite", event.definite);
    get("whole", event.whole);
    get("held_before", event.held_before);
    get("held_after", event.held_after);
    return event;
  } catch (const Json::exception& trouble) {
    return Error{trouble.what()};
  }
}

Diary::Diary(const std::filesystem::path& file, Sync sync) : sync_(sync) {
  fd_ = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw std::runtime_error(fmt::format("the history {} cannot be written: {}", file.string(), std::strerror(errno)));
}

Diary::~Diary() { close(fd_); }

void Diary::tell(Event event) const {
  if (event.t == 0) event.t = monotonic_ns();
  const std::string line = to_line(event) + "\n";
  const bool written = write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (!written || (sync_ == Sync::each_line && fdatasync(fd_) != 0)) throw std::runtime_error(fmt::format("the history cannot be written: {}", std::strerror(errno)));
}

Result<History> read_history(const std::filesystem::path& directory) {
  History history;
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(directory, trouble)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream in(entry.path());
    std::string line;
    for (std::uint64_t number = 1; std::getline(in, line); ++number) {
      auto event = from_line(line);
      if (event) history.push_back(*std::move(event));
      else if (!in.eof()) return Error{fmt::format("{}:{}: {}", entry.path().string(), number, event.error())};
    }
  }
  if (trouble) return Error{fmt::format("{}: {}", directory.string(), trouble.message())};
  if (history.empty()) return Error{fmt::format("{}: wanted lines in *.jsonl, found none", directory.string())};
  return history;
}

}  // namespace cadre::soak
