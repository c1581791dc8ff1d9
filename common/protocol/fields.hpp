// The fields of every message, in the order of the wire, with their bounds: one list serves both directions of the
// codec. A field is never removed or moved; new ones go to the end, and readers ignore what they do not know.
#pragma once

#include "common/protocol/message.hpp"

namespace cadre {

namespace wire {

inline constexpr std::uint64_t any = ~std::uint64_t{0};
inline constexpr std::uint32_t count_max = 1u << 20;

// Thirty years in microseconds: nothing that waits longer is meant seriously, and sums cannot overflow.
inline constexpr std::int64_t duration_max = 30ll * 365 * 86400 * 1'000'000;

template <class Io>
void duration(Io& io, Duration& value, const char* what) {
  std::int64_t micros = value.count();
  io.number(micros, std::int64_t{0}, duration_max, what);
  value = Duration{micros};
}

template <class Io>
void wall(Io& io, WallTime& value, const char* what) {
  std::int64_t micros = value.time_since_epoch().count();
  io.number(micros, std::int64_t{0}, std::int64_t{1} << 55, what);
  value = WallTime{Duration{micros}};
}

template <class Io>
void priority(Io& io, int& value) {
  io.number(value, limits::priority_min, limits::priority_max, "priority");
}

template <class Io>
void epoch(Io& io, Epoch& value) {
  io.number(value.value, std::uint64_t{0}, std::uint64_t{JobId::epoch_max}, "epoch");
}

template <class Io>
void session(Io& io, SessionId& value) {
  io.number(value.value, std::uint64_t{0}, any, "session");
}

template <class Io>
void code(Io& io, std::int32_t& value) {
  io.number(value, std::int32_t{-1000}, std::int32_t{1000000}, "code");
}

}  // namespace wire

struct FileSize {
  std::string name;
  std::uint64_t size = 0;
};

template <class Io>
void fields(Io& io, FileSize& m) {
  io.begin(2, "file");
  io.name(m.name, false, "file name");
  io.number(m.size, std::uint64_t{0}, std::uint64_t{limits::payload_bytes_ceiling}, "file size");
  io.end();
}

template <class Io>
void fields(Io& io, JobId& m) {
  io.number(m.value, std::uint64_t{0}, wire::any, "job id");
}

template <class Io>
void fields(Io& io, AttemptId& m) {
  io.begin(2, "attempt");
  fields(io, m.job);
  io.number(m.number, 0u, ~0u, "attempt number");
  io.end();
}

template <class Io>
void fields(Io& io, EngineOffer& m) {
  io.begin(5, "engine offer");
  io.name(m.name, false, "engine name");
  io.text(m.version, limits::name_bytes_max, "engine version");
  io.word(m.mode, EngineMode::builtin, "engine mode");
  io.number(m.slots, 0u, wire::count_max, "engine slots");
  io.number(m.credit, 0u, wire::count_max, "engine credit");
  io.end();
}

template <class Io>
void fields(Io& io, Hello& m) {
  io.begin(11, "hello");
  io.number(m.version, 0u, ~0u, "version");
  io.number(m.version_min, 0u, ~0u, "oldest version");
  io.text(m.software, limits::name_bytes_max, "software");
  io.number(m.instance, std::uint64_t{0}, wire::any, "instance");
  wire::session(io, m.session);
  io.number(m.number, std::uint64_t{0}, wire::any, "hello number");
  io.number(m.slots, 0u, wire::count_max, "slots");
  io.text(m.address, limits::text_bytes_max, "address");
  io.list(m.engines, limits::engines_max, "engines");
  io.list(m.held, limits::held_max, "held attempts");
  io.list(m.retained, limits::held_max, "retained attempts");
  io.end();
}

template <class Io>
void fields(Io& io, Welcome& m) {
  io.begin(9, "welcome");
  io.number(m.version, 0u, ~0u, "version");
  wire::epoch(io, m.epoch);
  io.text(m.cluster, limits::name_bytes_max, "cluster id");
  io.name(m.name, false, "name");
  io.word(m.role, Role::join, "role");
  wire::duration(io, m.lease_ttl, "lease ttl");
  wire::duration(io, m.beat_interval, "beat interval");
  io.number(m.payload_max, std::uint64_t{0}, wire::any, "payload limit");
  io.text(m.software, limits::name_bytes_max, "software");
  io.end();
}

template <class Io>
void fields(Io& io, Greet& m) {
  io.begin(1, "greet");
  wire::epoch(io, m.epoch);
  io.end();
}

template <class Io>
void fields(Io& io, Beat& m) {
  io.begin(12, "beat", 1);
  wire::session(io, m.session);
  wire::epoch(io, m.epoch);
  io.number(m.number, std::uint64_t{0}, wire::any, "beat number");
  io.number(m.assigns_seen, std::uint64_t{0}, wire::any, "assigns seen");
  io.number(m.slots, 0u, wire::count_max, "slots");
  io.number(m.credit, 0u, wire::count_max, "credit");
  io.flag(m.draining, "draining");
  io.text(m.trouble, limits::text_bytes_max, "trouble");
  io.list(m.engines, limits::engines_max, "engines");
  io.list(m.held, limits::held_max, "held attempts");
  io.list(m.retained, limits::held_max, "retained attempts");
  if (io.more()) io.flag(m.cleaning, "cleaning");
  io.end();
}

template <class Io>
void fields(Io& io, BeatHeard& m) {
  io.begin(2, "beat heard");
  wire::epoch(io, m.epoch);
  io.number(m.number, std::uint64_t{0}, wire::any, "beat number");
  io.end();
}

template <class Io>
void fields(Io& io, Assignment& m) {
  io.begin(9, "assignment");
  fields(io, m.attempt);
  io.number(m.number, std::uint64_t{0}, wire::any, "assign number");
  io.name(m.engine, false, "engine");
  wire::priority(io, m.priority);
  wire::duration(io, m.start_within, "start within");
  wire::duration(io, m.time_limit, "time limit");
  wire::duration(io, m.stall_limit, "stall limit");
  io.number(m.memory_limit, std::uint64_t{0}, wire::any, "memory limit");
  io.body(m.body, "body");
  io.end();
}

template <class Io>
void fields(Io& io, Assign& m) {
  io.begin(3, "assign");
  wire::epoch(io, m.epoch);
  wire::session(io, m.session);
  io.list(m.jobs, limits::batch_items_max, "assignments");
  io.end();
}

template <class Io>
void fields(Io& io, AttemptEnd& m) {
  io.begin(11, "attempt end");
  fields(io, m.attempt);
  io.word(m.kind, EndKind::not_started, "kind of end");
  io.word(m.cause, Cause::scratch, "cause");
  wire::code(io, m.code);
  io.text(m.message, limits::text_bytes_max, "message");
  wire::wall(io, m.started, "started");
  wire::wall(io, m.ended, "ended");
  io.number(m.peak_memory, std::uint64_t{0}, wire::any, "peak memory");
  wire::duration(io, m.cpu, "cpu time");
  io.bytes(m.stderr_tail, limits::stderr_bytes_max, "stderr");
  io.output(m.output, "output");
  io.end();
}

template <class Io>
void fields(Io& io, Report& m) {
  io.begin(3, "report");
  wire::session(io, m.session);
  wire::epoch(io, m.epoch);
  io.list(m.ends, limits::batch_items_max, "ends");
  io.end();
}

template <class Io>
void fields(Io& io, Note& m) {
  io.begin(2, "note");
  fields(io, m.attempt);
  io.word(m.standing, NoteStanding::stale, "standing");
  io.end();
}

template <class Io>
void fields(Io& io, Noted& m) {
  io.begin(2, "noted");
  wire::epoch(io, m.epoch);
  io.list(m.notes, limits::batch_items_max, "notes");
  io.end();
}

template <class Io>
void fields(Io& io, Abandon& m) {
  io.begin(3, "abandon");
  wire::epoch(io, m.epoch);
  wire::session(io, m.session);
  io.list(m.attempts, limits::held_max, "attempts");
  io.end();
}

template <class Io>
void fields(Io& io, Goodbye& m) {
  io.begin(1, "goodbye");
  wire::session(io, m.session);
  io.end();
}

template <class Io>
void fields(Io& io, JobRequest& m) {
  io.begin(16, "job");
  io.number(m.ticket, std::uint64_t{0}, wire::any, "ticket");
  io.text(m.key, limits::key_bytes_max, "submit key");
  io.name(m.engine, false, "engine");
  io.name(m.queue, false, "queue");
  io.name(m.batch, true, "batch");
  wire::priority(io, m.priority);
  wire::wall(io, m.not_before, "not before");
  wire::wall(io, m.not_after, "not after");
  io.number(m.attempts_max, 1u, limits::attempts_max, "attempts");
  wire::duration(io, m.backoff, "back-off");
  wire::duration(io, m.time_limit, "time limit");
  wire::duration(io, m.stall_limit, "stall limit");
  io.number(m.memory_limit, std::uint64_t{0}, wire::any, "memory limit");
  fields(io, m.retry_of);
  io.word(m.watch, Watch::result, "watch");
  io.body(m.body, "body");
  io.end();
}

template <class Io>
void fields(Io& io, Submit& m) {
  io.begin(1, "submit");
  io.list(m.jobs, limits::batch_items_max, "jobs");
  io.end();
}

template <class Io>
void fields(Io& io, SubmitAnswer& m) {
  io.begin(6, "submit answer");
  io.number(m.ticket, std::uint64_t{0}, wire::any, "ticket");
  io.text(m.key, limits::key_bytes_max, "submit key");
  io.word(m.standing, Standing::retry_later, "standing");
  fields(io, m.job);
  io.text(m.reason, limits::text_bytes_max, "reason");
  wire::duration(io, m.retry_after, "retry after");
  io.end();
}

template <class Io>
void fields(Io& io, Submitted& m) {
  io.begin(1, "submitted");
  io.list(m.answers, limits::batch_items_max, "answers");
  io.end();
}

template <class Io>
void fields(Io& io, Wait& m) {
  io.begin(2, "wait");
  io.word(m.watch, Watch::result, "watch");
  io.list(m.jobs, limits::held_max, "jobs");
  io.end();
}

template <class Io>
void fields(Io& io, Notice& m) {
  io.begin(13, "notice");
  fields(io, m.job);
  io.word(m.state, JobState::cancelled, "state");
  io.word(m.reason, Reason::cancelled, "reason");
  io.number(m.attempt, 0u, ~0u, "attempt number");
  io.text(m.node, limits::name_bytes_max, "node");
  io.word(m.cause, Cause::scratch, "cause");
  wire::code(io, m.code);
  io.text(m.message, limits::text_bytes_max, "message");
  io.bytes(m.stderr_tail, limits::stderr_bytes_max, "stderr");
  wire::duration(io, m.retry_after, "retry after");
  io.output(m.output, "output");
  io.flag(m.unknown, "unknown");
  io.flag(m.result_gone, "result gone");
  io.end();
}

template <class Io>
void fields(Io& io, Notices& m) {
  io.begin(1, "notices");
  io.list(m.notices, limits::batch_items_max, "notices");
  io.end();
}

template <class Io>
void fields(Io& io, Cancel& m) {
  io.begin(1, "cancel");
  io.list(m.jobs, limits::held_max, "jobs");
  io.end();
}

template <class Io>
void fields(Io& io, CancelAnswer& m) {
  io.begin(3, "cancel answer");
  fields(io, m.job);
  io.flag(m.known, "known");
  io.word(m.state, JobState::cancelled, "state");
  io.end();
}

template <class Io>
void fields(Io& io, Cancelled& m) {
  io.begin(1, "cancelled");
  io.list(m.answers, limits::held_max, "answers");
  io.end();
}

template <class Io>
void fields(Io& io, Ask& m) {
  io.begin(3, "ask");
  io.number(m.id, std::uint64_t{0}, wire::any, "id");
  io.text(m.question, limits::name_bytes_max, "question");
  io.text(m.arguments, limits::params_bytes_max, "arguments");
  io.end();
}

template <class Io>
void fields(Io& io, Answer& m) {
  io.begin(4, "answer");
  io.number(m.id, std::uint64_t{0}, wire::any, "id");
  io.flag(m.ok, "ok");
  io.text(m.error, limits::text_bytes_max, "error");
  io.document(m.json, "answer");
  io.end();
}

template <class Io>
void fields(Io& io, FetchResult& m) {
  io.begin(2, "fetch result");
  io.number(m.id, std::uint64_t{0}, wire::any, "id");
  fields(io, m.job);
  io.end();
}

template <class Io>
void fields(Io& io, ResultAnswer& m) {
  io.begin(5, "result");
  io.number(m.id, std::uint64_t{0}, wire::any, "id");
  fields(io, m.job);
  io.flag(m.ok, "ok");
  io.text(m.error, limits::text_bytes_max, "error");
  io.output(m.output, "output");
  io.end();
}

template <class Io>
void fields(Io& io, Refusal& m) {
  io.begin(2, "refusal");
  io.text(m.reason, limits::text_bytes_max, "reason");
  io.flag(m.final, "final");
  io.end();
}

template <class Io>
void fields(Io& io, Join& m) {
  io.begin(2, "join");
  io.text(m.public_key, limits::name_bytes_max, "public key");
  io.text(m.software, limits::name_bytes_max, "software");
  io.end();
}

template <class Io>
void fields(Io& io, Joined& m) {
  io.begin(3, "joined");
  io.text(m.public_key, limits::name_bytes_max, "public key");
  io.name(m.name, false, "name");
  io.text(m.cluster, limits::name_bytes_max, "cluster id");
  io.end();
}

}  // namespace cadre
