// What the store keeps, as rows. Facts are appended and never changed; what a job *is* follows from them
// (store/SCHEMA.md). A batch is written in one transaction, under the seat's epoch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/protocol/message.hpp"

namespace cadre {

// Who sent a message: the name and role that its key was admitted under. From the connection, never from the message.
struct Identity {
  std::string name;
  Role role = Role::client;
};

// Who holds an attempt: a life of the worker of a node.
struct Holder {
  std::string node;
  SessionId session;
};

struct JobRow {
  JobId id;
  std::string client;
  JobRequest request;
  ServiceTime accepted_at;
  WallTime accepted_wall;
  // Accept and first assignment in one row, where both meet in one batch; node is empty where they do not.
  Holder first;
};

struct AttemptRow {
  AttemptId attempt;
  Holder holder;
  ServiceTime at;
  WallTime wall;
};

// How an attempt ended that was not the job's last word.
struct AttemptEndRow {
  AttemptEnd end;
  std::string node;
  Duration retry_after{};
  ServiceTime at;
  WallTime wall;
};

struct OutcomeRow {
  JobId job;
  JobState state = JobState::done;
  Reason reason = Reason::none;
  std::string node;
  AttemptEnd end;  // attempt number 0: it ended without one
  ServiceTime at;
  WallTime wall;
};

struct RetriedRow {
  JobId old_job;
  JobId new_job;
};

struct NodeRow {
  std::string node;
  bool cordoned = false;
  bool removed = false;  // its row goes
};

// A public key and what it may do. Revoking is a row too, so that the history of a key stays readable.
struct KeyRow {
  std::string public_key;  // Z85, 40 characters
  std::string name;
  Role role = Role::client;
  bool revoked = false;
  std::string by;          // who did it
  WallTime wall;
  WallTime not_after{};    // a ticket's: refused from then on. 0: for good
};

// Start must not cost what is kept: ids above `upto` are examined, and below it only those listed.
struct CheckpointRow {
  JobId upto;
  std::vector<std::pair<JobId, JobId>> open;  // first and last of each run of open ids, ascending
};

// A backup was put back: ids above `upto`, of terms below `below`, were given out after it was made. Whoever has such an
// id tells of a job that was accepted and that this store has never heard of.
struct RestoredRow {
  JobId upto;
  Epoch below;
};

// An attempt at such a job, as a node told of it.
struct MissingRow {
  AttemptId attempt;
  std::string node;
  std::optional<EndKind> end;  // none: it was still running
  WallTime wall;
};

struct Restored {
  std::vector<RestoredRow> backups;
  std::vector<MissingRow> missing;
};

struct Batch {
  std::vector<JobRow> jobs;  // ascending ids
  std::vector<AttemptRow> attempts;
  std::vector<AttemptEndRow> ends;
  std::vector<OutcomeRow> outcomes;
  std::vector<RetriedRow> retried;
  std::vector<NodeRow> nodes;
  std::vector<KeyRow> keys;
  std::vector<CheckpointRow> checkpoints;
  std::vector<MissingRow> missing;

  std::size_t rows() const {
    return jobs.size() + attempts.size() + ends.size() + outcomes.size() + retried.size() + nodes.size() +
           keys.size() + checkpoints.size() + missing.size();
  }
};

// A submit whose key was taken: the job that the batch would have made was not stored.
struct Repeat {
  JobId withdrawn;
  JobId existing;
  bool same = true;  // the digests agree
};

// An open job as the store knows it at start.
struct OpenJob {
  JobId id;
  std::string client;
  JobRequest request;            // without key, batch and body
  std::uint64_t body_bytes = 0;
  std::uint32_t attempt = 0;     // highest number used
  std::uint32_t tries = 0;       // attempts that may have started an engine
  std::uint32_t deaths = 0;      // attempts that ended with their node
  bool leased = false;           // the highest attempt has no recorded end
  Holder holder;                 // of that attempt
};

}  // namespace cadre
