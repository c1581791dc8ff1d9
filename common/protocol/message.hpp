// The vocabulary of the wire as plain values. PROTOCOL.md is normative; codec.cpp is the only place that knows the
// bytes. Payloads are opaque and shared, never copied on their way through a core.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/protocol/limits.hpp"

namespace cadre {

// What may be asked of a peer is decided by the role of its key (node_key), never by what it says.
enum class Role : std::uint8_t { client, worker, admin, join };

using Bytes = std::string;
using Digest = std::array<std::uint8_t, 16>;  // BLAKE2b-128 over what makes two submits the same

// What an engine gets. Immutable once made.
struct Body {
  std::string params;  // a JSON object as text, {} when empty
  Bytes payload;
  std::size_t size() const { return params.size() + payload.size(); }
};
using BodyPtr = std::shared_ptr<const Body>;

// --- jobs -----------------------------------------------------------------------------------------------------------

enum class Watch : std::uint8_t { none, notice, result };

struct JobRequest {
  std::uint64_t ticket = 0;    // repeated in the answer: which send it answers
  std::string key;             // the client's own name for the job; repeating a submit under it is harmless
  std::string engine;
  std::string queue = "default";
  std::string batch;           // label shared by jobs that belong together; may be empty
  int priority = 0;            // -100 .. 100, more is more urgent
  WallTime not_before{};       // 0: at once
  WallTime not_after{};        // never *started* later; 0: no such bound
  std::uint32_t attempts_max = limits::attempts_default;
  Duration backoff = 1s;       // before the second attempt; doubles each time, up to backoff_max
  Duration time_limit{};       // 0: as the engine says
  Duration stall_limit{};      // 0: as the engine says
  std::uint64_t memory_limit = 0;  // bytes; 0: as the engine says
  JobId retry_of;              // the job that this one repeats, or none
  Watch watch = Watch::none;   // tell the submitter when it ends
  BodyPtr body;
  Digest digest{};             // filled by the broker's shell; not on the wire
  BlobId blob;                 // where the store has the payload already; not on the wire
};

enum class Standing : std::uint8_t {
  accepted,      // stored, durable
  repeat,        // stored before under the same key, same payload
  refused,       // not stored and never will be
  retry_later,   // no promise either way: repeat with the same key
};

struct SubmitAnswer {
  std::uint64_t ticket = 0;
  std::string key;
  Standing standing = Standing::accepted;
  JobId job;                   // accepted, repeat
  std::string reason;          // refused, retry_later: for people
  Duration retry_after{};      // retry_later
};

// --- how attempts and jobs end --------------------------------------------------------------------------------------

enum class EndKind : std::uint8_t {
  succeeded,
  failed,
  not_started,  // given back before the engine started: costs no try
};

enum class Cause : std::uint8_t {
  none,
  exit_code,         // code: the exit code
  signal,            // code: the signal
  out_of_memory,
  time_limit,
  stall,
  output_too_large,
  engine_broken,     // it could not be started: missing, not executable, 126, 127
  protocol,          // a serve engine said something that is not in its contract
  abandoned,         // the broker told the worker to stop it
  lease_lost,        // the worker could not renew, and stopped it
  node_lost,         // written by the broker: the worker is gone
  scratch,           // the work directory could not be made or written
};

struct ResultFile {
  std::string name;  // "stdout" where the engine left no file
  Bytes bytes;
};
using Output = std::vector<ResultFile>;
using OutputPtr = std::shared_ptr<const Output>;
std::uint64_t bytes_of(const OutputPtr& output);  // of all its files; 0 for none

struct AttemptEnd {
  AttemptId attempt;
  EndKind kind = EndKind::succeeded;
  Cause cause = Cause::none;
  std::int32_t code = 0;
  std::string message;         // one sentence for people
  WallTime started{};
  WallTime ended{};
  std::uint64_t peak_memory = 0;  // bytes
  Duration cpu{};
  std::string stderr_tail;     // the last 64 KiB, bytes as the engine wrote them
  OutputPtr output;            // succeeded only
  BlobId blob;                 // where the store has the output already; not on the wire
};

enum class JobState : std::uint8_t { delayed, ready, leased, done, dead, cancelled };

enum class Reason : std::uint8_t {
  none,
  attempts_exhausted,
  poison,            // its attempts took workers down with them
  expired,           // not_after passed before it started
  bad_input,         // exit 65
  misconfigured,     // exit 64 or 78
  no_permission,     // exit 77
  output_too_large,
  cancelled,         // by a person
};

// --- between broker and worker --------------------------------------------------------------------------------------

enum class EngineMode : std::uint8_t { exec, serve, builtin };

struct EngineOffer {
  std::string name;
  std::string version;
  EngineMode mode = EngineMode::exec;
  std::uint32_t slots = 1;     // attempts of it that may run at once
  std::uint32_t credit = 1;    // attempts of it that the worker will hold: running and waiting their turn
};

struct Hello {
  std::uint32_t version = limits::protocol_version;
  std::uint32_t version_min = limits::protocol_version_min;
  std::string software;        // "cadre 0.1.0"
  std::uint64_t instance = 0;  // worker: the number stamped into its spool; 0 for clients
  SessionId session;           // worker: this life of the process
  std::uint64_t number = 0;    // worker: hellos and beats count together; an older one that comes late says nothing
  std::uint32_t slots = 0;     // worker
  std::string address;         // worker: what it calls its host, for people
  std::vector<EngineOffer> engines;
  std::vector<AttemptId> held;      // worker: running or waiting
  std::vector<AttemptId> retained;  // worker: ended, report not yet noted
};

struct Welcome {
  std::uint32_t version = limits::protocol_version;
  Epoch epoch;
  std::string cluster;         // the cluster's id
  std::string name;            // who you are: the name that your key was admitted under
  Role role = Role::client;
  Duration lease_ttl{};
  Duration beat_interval{};
  std::uint64_t payload_max = 0;  // bytes, one payload or one result
  std::string software;
};

// The broker does not know this connection: say hello.
struct Greet {
  Epoch epoch;
};

// Everything about a worker, every time (law 3).
struct Beat {
  SessionId session;
  Epoch epoch;                 // of the broker it believes in
  std::uint64_t number = 0;    // grows; the answer names it
  std::uint64_t assigns_seen = 0;  // highest assign number of that epoch seen so far
  std::uint32_t slots = 0;
  std::uint32_t credit = 0;    // attempts it will hold in all
  bool draining = false;
  std::string trouble;         // why it takes no work: "spool full", or empty
  std::vector<EngineOffer> engines;
  std::vector<AttemptId> held;
  std::vector<AttemptId> retained;
  bool cleaning = false;       // it has its turn of clean-up, and so takes less
};

struct BeatHeard {
  Epoch epoch;
  std::uint64_t number = 0;
};

struct Assignment {
  AttemptId attempt;
  std::uint64_t number = 0;    // of the node in this epoch, from 1: a session starts each at most once
  std::string engine;
  int priority = 0;
  Duration start_within{};     // counted from its arrival, on the worker's own clock: then it is too late. 0: no bound
  Duration time_limit{};
  Duration stall_limit{};
  std::uint64_t memory_limit = 0;
  BodyPtr body;
};

struct Assign {
  Epoch epoch;
  SessionId session;
  std::vector<Assignment> jobs;
};

struct Report {
  SessionId session;
  Epoch epoch;
  std::vector<AttemptEnd> ends;
};

enum class NoteStanding : std::uint8_t { counted, stale };

struct Note {
  AttemptId attempt;
  NoteStanding standing = NoteStanding::counted;
};

struct Noted {
  Epoch epoch;
  std::vector<Note> notes;
};

struct Abandon {
  Epoch epoch;
  SessionId session;
  std::vector<AttemptId> attempts;
};

// The last message of a worker that ends in good order; what it holds has been given back.
struct Goodbye {
  SessionId session;
};

// --- between client and broker --------------------------------------------------------------------------------------

struct Submit {
  std::vector<JobRequest> jobs;
};

struct Submitted {
  std::vector<SubmitAnswer> answers;
};

struct Wait {
  Watch watch = Watch::notice;
  std::vector<JobId> jobs;
};

// One job that a client waits for has ended, or one of its attempts failed.
struct Notice {
  JobId job;
  JobState state = JobState::done;  // final, or delayed/ready after a failed attempt
  Reason reason = Reason::none;
  std::uint32_t attempt = 0;
  std::string node;
  Cause cause = Cause::none;
  std::int32_t code = 0;
  std::string message;
  std::string stderr_tail;     // failed attempts: the last few KiB
  Duration retry_after{};      // failed attempt: when the next try is
  OutputPtr output;            // Watch::result and done
  bool unknown = false;        // there is no such job
  bool result_gone = false;    // Watch::result and done: the result was not kept so long (cleanup.keep_results)
};

struct Notices {
  std::vector<Notice> notices;
};

struct Cancel {
  std::vector<JobId> jobs;
};

struct CancelAnswer {
  JobId job;
  bool known = true;
  JobState state = JobState::cancelled;  // the final state: cancelled, or what came first
};

struct Cancelled {
  std::vector<CancelAnswer> answers;
};

// Everything that people and tools ask; the answer is JSON in the payload frame.
struct Ask {
  std::uint64_t id = 0;        // repeated in the answer
  std::string question;        // "job.show", "node.list", ... see PROTOCOL.md
  std::string arguments;       // a JSON object
};

struct Answer {
  std::uint64_t id = 0;
  bool ok = true;
  std::string error;           // ok == false: a sentence
  std::shared_ptr<const Bytes> json;
};

struct FetchResult {
  std::uint64_t id = 0;
  JobId job;
};

struct ResultAnswer {
  std::uint64_t id = 0;
  JobId job;
  bool ok = true;
  std::string error;
  OutputPtr output;
};

// This message, or this peer, is refused: one sentence. `final` peers should not try again unchanged.
struct Refusal {
  std::string reason;
  bool final = false;
};

// --- a new node -----------------------------------------------------------------------------------------------------

// Said with the key of a ticket: let this key in instead, under the name that the ticket was made for.
struct Join {
  std::string public_key;      // the node's own, Z85
  std::string software;
};

// The key is admitted, and the ticket's is not any more.
struct Joined {
  std::string public_key;
  std::string name;            // what the cluster calls the node
  std::string cluster;         // the cluster's id
};

using Message = std::variant<Hello, Welcome, Greet, Beat, BeatHeard, Assign, Report, Noted, Abandon, Goodbye, Submit,
                             Submitted, Wait, Notices, Cancel, Cancelled, Ask, Answer, FetchResult, ResultAnswer,
                             Refusal, Join, Joined>;

// --- words ----------------------------------------------------------------------------------------------------------

std::string_view to_string(Role role);
std::string_view to_string(JobState state);
std::string_view to_string(Reason reason);
std::string_view to_string(Cause cause);
std::string_view to_string(EndKind kind);
std::string_view to_string(EngineMode mode);
std::string_view name_of(const Message& message);

std::optional<Role> parse_role(std::string_view text);
std::optional<JobState> parse_job_state(std::string_view text);

// "exit code 2", "killed by signal 11 (SIGSEGV)", "time limit": how an attempt ended, for people.
std::string describe(Cause cause, std::int32_t code);

// [A-Za-z0-9._-], 1 to 64 bytes, not beginning with a dot or a dash: engines, queues, batches, nodes, result files.
bool is_name(std::string_view text);
bool is_utf8(std::string_view text);

// May this role send this message?  The whole table of PROTOCOL.md in one function.
bool allowed(Role role, const Message& message);

// What makes two submits under one key the same: engine, queue, batch, limits, params and payload.
Digest digest_of(const JobRequest& job);

}  // namespace cadre
