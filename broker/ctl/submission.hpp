// Hands in jobs and, where it is wanted, waits for their ends: one stream over one connection, with a window, so that
// neither memory nor the broker is flooded. Tells people what happens while it happens.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/ctl/context.hpp"
#include "broker/ctl/progress.hpp"
#include "broker/ctl/source.hpp"

namespace cadre::ctl {

struct SubmissionSettings {
  JobRequest model;  // what all jobs share; its key is the common beginning of their keys, or empty
  std::string params;
  bool wait = false;
  std::filesystem::path directory;  // with wait: where results go; empty: a single result goes to standard output
  Duration deadline{};              // with wait: how long; 0: for ever
};

class Submission {
 public:
  Submission(Context& context, SubmissionSettings settings, Source source);
  Exit run();

 private:
  struct Entry {
    std::string label;
    std::string key;
    std::size_t bytes = 0;
    Standing standing = Standing::retry_later;  // until it is answered
    JobId job;
    std::string reason;
    bool ended = false;
    Notice end;  // without its output, unless it is the only job
  };

  bool under_way(const Entry& entry) const { return entry.standing == Standing::retry_later; }
  bool finished() const;
  bool single() const { return source_.total() == 1; }
  void hand_in();
  void hear(const SubmitAnswer& answer);
  void hear(const Notice& notice);
  void hear_put_off(const std::string& why);
  void keep_result(const Notice& notice);
  void tell_why_it_waits();
  void look_at_the_time();
  void print_ids();
  void print_end(const Entry& entry);
  void show(const Notice& notice);
  Exit report();
  Json to_json() const;

  Context& context_;
  Client& client_;
  SubmissionSettings settings_;
  Source source_;
  const Instant started_;
  Progress progress_;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> by_key_;
  std::map<JobId, std::size_t> by_job_;
  std::optional<std::size_t> held_;  // made, but there was no room for it
  BodyPtr held_body_;
  bool all_made_ = false;
  std::size_t answered_ = 0, refused_ = 0, accepted_ = 0, ended_ = 0, failed_ = 0, shown_ = 0, printed_ = 0;
  std::size_t first_open_ = 0;
  std::uint64_t bytes_under_way_ = 0;
  Instant heard_;
  Instant asked_why_;
  std::string why_;
  std::string put_off_;  // the broker's last reason
  bool told_silence_ = false;
};

}  // namespace cadre::ctl
