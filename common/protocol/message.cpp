#include "common/protocol/message.hpp"

#include <cstring>

#include <fmt/format.h>
#include <sodium.h>

#include "common/base/assert.hpp"

namespace cadre {

namespace {

template <class Enum, std::size_t n>
std::string_view word(const std::array<std::string_view, n>& words, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  CADRE_ASSERT(index < n);
  return words[index];
}

template <class Enum, std::size_t n>
std::optional<Enum> find_word(const std::array<std::string_view, n>& words, std::string_view text) {
  for (std::size_t i = 0; i < n; ++i)
    if (words[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

constexpr std::array<std::string_view, 4> role_words{"client", "worker", "admin", "join"};
constexpr std::array<std::string_view, 6> state_words{"delayed", "ready", "leased", "done", "dead", "cancelled"};
constexpr std::array<std::string_view, 9> reason_words{"",          "attempts_exhausted", "poison",
                                                       "expired",   "bad_input",          "misconfigured",
                                                       "no_permission", "output_too_large", "cancelled"};
constexpr std::array<std::string_view, 13> cause_words{
    "",         "exit_code",     "signal",   "out_of_memory", "time_limit", "stall",     "output_too_large",
    "engine_broken", "protocol", "abandoned", "lease_lost",   "node_lost",  "scratch"};
constexpr std::array<std::string_view, 3> end_words{"succeeded", "failed", "not_started"};
constexpr std::array<std::string_view, 3> mode_words{"exec", "serve", "builtin"};
constexpr std::array<std::string_view, 23> message_words{
    "hello",     "welcome",   "greet", "beat",    "beat_heard", "assign",    "report", "noted",  "abandon",      "goodbye",
    "submit",    "submitted", "wait",  "notices", "cancel",     "cancelled", "ask",    "answer", "fetch_result", "result",
    "refusal",   "join",      "joined"};
static_assert(message_words.size() == std::variant_size_v<Message>);

}  // namespace

std::string_view to_string(Role role) { return word(role_words, role); }
std::string_view to_string(JobState state) { return word(state_words, state); }
std::string_view to_string(Reason reason) { return word(reason_words, reason); }
std::string_view to_string(Cause cause) { return word(cause_words, cause); }
std::string_view to_string(EndKind kind) { return word(end_words, kind); }
std::string_view to_string(EngineMode mode) { return word(mode_words, mode); }
std::string_view name_of(const Message& message) { return message_words[message.index()]; }

std::optional<Role> parse_role(std::string_view text) { return find_word<Role>(role_words, text); }
std::optional<JobState> parse_job_state(std::string_view text) { return find_word<JobState>(state_words, text); }

std::string describe(Cause cause, std::int32_t code) {
  switch (cause) {
    case Cause::none: return "";
    case Cause::exit_code: return fmt::format("exit code {}", code);
    case Cause::signal: return fmt::format("killed by signal {} ({})", code, strsignal(code));
    case Cause::out_of_memory: return "out of memory";
    case Cause::time_limit: return "time limit";
    case Cause::stall: return "stalled: no output and no progress";
    case Cause::output_too_large: return "output too large";
    case Cause::engine_broken: return "the engine could not be started";
    case Cause::protocol: return "the engine broke its contract";
    case Cause::abandoned: return "stopped by the broker";
    case Cause::lease_lost: return "the worker lost contact with the broker and stopped it";
    case Cause::node_lost: return "node lost";
    case Cause::scratch: return "the work directory could not be used";
  }
  return "";
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > limits::name_bytes_max || text[0] == '.' || text[0] == '-') return false;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p < end) {
    if (*p < 0x80) {
      ++p;
      continue;
    }
    const int length = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    if (*p < 0xc2 || *p > 0xf4 || end - p < length) return false;
    std::uint32_t point = *p & (0xffu >> (length + 1));
    for (int i = 1; i < length; ++i) {
      if ((p[i] & 0xc0) != 0x80) return false;
      point = point << 6 | (p[i] & 0x3fu);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return false;
    p += length;
  }
  return true;
}

bool allowed(Role role, const Message& message) {
  const bool from_worker = std::holds_alternative<Beat>(message) || std::holds_alternative<Report>(message) ||
                           std::holds_alternative<Goodbye>(message) || std::holds_alternative<Ask>(message);
  const bool from_client = std::holds_alternative<Submit>(message) || std::holds_alternative<Wait>(message) ||
                           std::holds_alternative<Cancel>(message) || std::holds_alternative<Ask>(message) ||
                           std::holds_alternative<FetchResult>(message);
  const bool greeting = std::holds_alternative<Hello>(message);
  const bool joins = std::holds_alternative<Join>(message);
  switch (role) {
    case Role::worker: return greeting || from_worker || joins;
    case Role::client:
    case Role::admin: return greeting || from_client;  // which questions whom is answered: broker/shell/questions
    case Role::join: return joins;
  }
  return false;
}

std::uint64_t bytes_of(const OutputPtr& output) {
  std::uint64_t sum = 0;
  if (output)
    for (const auto& file : *output) sum += file.bytes.size();
  return sum;
}

namespace {

void feed(crypto_generichash_state& state, std::string_view text) {
  const std::uint64_t size = text.size();  // length first, so that ("ab","c") and ("a","bc") differ
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

void feed(crypto_generichash_state& state, std::int64_t number) {
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&number), sizeof number);
}

}  // namespace

Digest digest_of(const JobRequest& job) {
  Digest digest{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  feed(state, job.engine);
  feed(state, job.queue);
  feed(state, job.batch);
  feed(state, job.priority);
  feed(state, job.not_before.time_since_epoch().count());
  feed(state, job.not_after.time_since_epoch().count());
  feed(state, job.attempts_max);
  feed(state, job.backoff.count());
  feed(state, job.time_limit.count());
  feed(state, job.stall_limit.count());
  feed(state, static_cast<std::int64_t>(job.memory_limit));
  feed(state, static_cast<std::int64_t>(job.retry_of.value));
  if (job.body) {
    feed(state, job.body->params);
    feed(state, job.body->payload);
  }
  crypto_generichash_final(&state, digest.data(), digest.size());
  return digest;
}

}  // namespace cadre
