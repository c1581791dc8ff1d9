// The library that programs link: submit, wait, cancel, ask. find_package(Cadre), target Cadre::client.
//
//   auto client = cadre::Client::connect({.address = "tcp://master:7171", .server_key_file = "server.pub",
//                                         .key_file = "me.key"});
//   if (!client) ...                                                   // a sentence: client.error()
//   cadre::JobRequest job;
//   job.key = "invoice-4711";                                          // repeating a submit under a key is harmless
//   job.engine = "content";
//   job.body = std::make_shared<cadre::Body>(cadre::Body{"{}", payload});
//   auto answer = client->submit({job}, 30s);                          // durable when it says accepted
//   auto end = client->wait({answer->front().job}, cadre::Watch::result, 1h, {});
//
// One object, one thread. Every call repeats itself over broker restarts until its time is up: no answer by then means
// that nothing is known (repeat with the same key), never that nothing happened. Nothing throws.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

class Client {
 public:
  struct Settings {
    std::string address;                    // tcp://HOST:PORT or ipc://PATH
    std::filesystem::path server_key_file;  // the broker's public key
    std::filesystem::path key_file;         // our secret key, 0600; or root's, 0640, which a group shares
    bool no_curve = false;                  // for brokers that were started so, on loopback
    Duration patience = 10s;                // to be let in
  };
  // Waits until the broker has let us in; the error says which step failed: name, TCP, server key, own key, version.
  static Result<Client> connect(const Settings& settings);
  // The same, sharing the thread for input and output of another client: for programs with many connections.
  static Result<Client> connect(const Settings& settings, const Client& beside);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  const Welcome& welcome() const;

  // Submits all, in windows; `each` (may be empty) hears every final answer as it comes, in any order. The answers in
  // the order of `jobs`. Jobs without a key get a time-ordered one of their own. A refused submit is an answer, not an
  // error. Error: the time is up, with how many are unanswered.
  Result<std::vector<SubmitAnswer>> submit(std::vector<JobRequest> jobs, Duration patience,
                                           const std::function<void(const SubmitAnswer&)>& each = {});

  // Waits until all have ended. `each` hears every notice, also of failed attempts. Jobs that were submitted with
  // `watch` set need no call of their own: collect() hears of them.
  Result<std::vector<Notice>> wait(const std::vector<JobId>& jobs, Watch watch, Duration patience,
                                   const std::function<void(const Notice&)>& each = {});

  Result<std::vector<CancelAnswer>> cancel(const std::vector<JobId>& jobs, Duration patience);

  // A question of PROTOCOL.md with a JSON object of arguments; the answer as JSON text. Error: the broker's sentence.
  Result<std::string> ask(const std::string& question, const std::string& arguments_json, Duration patience);

  Result<OutputPtr> result(JobId job, Duration patience);

  // --- for programs with a loop of their own, and for measuring ---
  // Hands in jobs without waiting; poll() hears what comes. False: the window is full, poll first.
  bool post(JobRequest job);
  struct Heard {
    std::vector<SubmitAnswer> answers;
    std::vector<Notice> notices;
    std::string put_off;  // why the broker lets a submit wait for now; it is repeated until it is answered
  };
  // Waits at most `patience` for something to come.
  Heard poll(Duration patience);
  // For poll(2) and the like, by programs that wait for more than this: after a poll() that heard nothing it becomes
  // readable when the next one may hear something. Poll every 100 ms all the same: what is lost is said again then.
  // It changes when a connection is made anew.
  int fd() const;

 private:
  struct Parts;
  static Result<Client> connect(const Settings& settings, std::unique_ptr<Parts> parts);
  explicit Client(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cadre
