// The client's core: what a program that submits and waits must remember until it is answered. Pure; the shell around
// it is client.hpp.
//
// It keeps every job until the broker has answered for it, and repeats it under the same key: repeating is harmless.
// It keeps every wait until the job's end has been told.
#pragma once

#include <deque>
#include <map>
#include <variant>
#include <vector>

#include "common/base/trace.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

struct ClientPolicy {
  Duration resend_after = 3s;       // a submit or question without an answer is sent again
  Duration rewait_after = 5s;       // a wait is repeated: the broker may have been restarted
  Duration hello_interval = 1s;
  Duration silence_max = 10s;       // with something unanswered: the connection is rebuilt
  std::uint32_t window = 4'000;     // submits under way at most
  std::uint64_t window_bytes = 32u << 20;
};

// --- inputs ---
struct SubmitJobs { std::vector<JobRequest> jobs; };
struct AwaitJobs { std::vector<JobId> jobs; Watch watch = Watch::notice; };
struct CancelJobs { std::vector<JobId> jobs; };
struct AskQuestion { Ask ask; };
struct AskResult { FetchResult fetch; };
struct ToClient { Message message; };
struct ClientTick {};
using ClientInput = std::variant<SubmitJobs, AwaitJobs, CancelJobs, AskQuestion, AskResult, ToClient, ClientTick>;

// A submit has been answered for good: accepted, repeat or refused.
struct Submission {
  SubmitAnswer answer;
  bool definite = true;  // refused, but an earlier send of the same key was never answered: it may be stored
};

struct ClientEffects {
  explicit ClientEffects(Trace trace_to = {}) : trace(trace_to) {}
  std::vector<Message> sends;
  std::vector<Submission> submissions;
  std::vector<SubmitAnswer> put_off;      // retry_later: still trying; for telling people why it takes so long
  std::vector<Notice> notices;
  std::vector<CancelAnswer> cancels;
  std::vector<Answer> answers;
  std::vector<ResultAnswer> results;
  std::optional<Welcome> welcome;
  std::optional<Refusal> refusal;
  bool reconnect = false;
  Trace trace;
};

class ClientCore {
 public:
  explicit ClientCore(const ClientPolicy& policy, std::string software) : policy_(policy), software_(std::move(software)) {}

  void step(const Now& now, const ClientInput& input, ClientEffects& effects);

  // Nothing is unanswered and nothing is waited for.
  bool idle() const { return submits_.empty() && queue_.empty() && waits_.empty() && cancels_.empty() && asks_.empty(); }
  std::size_t unanswered() const { return submits_.size() + queue_.size(); }
  bool has_room() const { return queue_.size() < policy_.window; }
  std::size_t waiting() const { return waits_.size(); }

 private:
  struct Step {
    const Now& now;
    ClientEffects& effects;
  };
  struct Pending {
    JobRequest request;  // its ticket tells late answers of an earlier use of the same key apart
    Instant next_send{};
    std::uint32_t sends = 0;
    std::uint32_t answers = 0;
  };
  struct Waited {
    Watch watch = Watch::notice;
    Instant asked{};
  };
  struct Question {
    Message message;  // Ask or FetchResult
    Instant asked{};
  };

  void on_message(Step s, const Message& message);
  void on_submitted(Step s, const Submitted& m);
  void on_notices(Step s, const Notices& m);
  void on_tick(Step s);
  void fill_window(Step s);
  void send_again(Step s);
  void send(Step s, Pending& pending);

  const ClientPolicy policy_;
  const std::string software_;
  bool welcomed_ = false;
  Instant next_hello_{};
  Instant heard_{};
  std::deque<JobRequest> queue_;              // not sent yet
  std::map<std::string, Pending> submits_;    // by key
  std::uint64_t submit_bytes_ = 0;
  std::uint64_t tickets_ = 0;
  std::map<JobId, Waited> waits_;
  std::map<JobId, Instant> cancels_;
  std::map<std::uint64_t, Question> asks_;
};

}  // namespace cadre
