// What an engine writes to its standard error: the tail is kept, and whole lines that begin with "@job " are read.
//
//   @job {"progress":0.6,"message":"page 31 of 50"}
//   @job {"fail":"not a PDF","permanent":true}
//
// Anything else is log text, also an "@job" line that is longer than line_bytes_max or not a JSON object.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cadre::engine {

struct ProgressLine {
  double fraction = 0;  // 0 .. 1
  std::string message;
};

struct FailLine {
  std::string message;
  bool permanent = false;
};

class StderrLog {
 public:
  static constexpr std::size_t line_bytes_max = 16u << 10;

  void feed(std::string_view bytes);
  void read_lines(bool on) { lines_ = on; }  // serve engines speak over stdout instead
  std::string take_tail();                   // at most limits::stderr_bytes_max bytes; then it is empty
  std::string_view tail() const { return tail_; }
  std::optional<ProgressLine> take_progress();  // the newest, once
  const std::optional<FailLine>& fail() const { return fail_; }

 private:
  void scan(std::string_view bytes);
  void line(std::string_view text);

  bool lines_ = true;
  std::string tail_;
  std::string partial_;
  bool skipping_ = false;  // inside a line that is no "@job" line, or too long for one
  std::optional<ProgressLine> progress_;
  std::optional<FailLine> fail_;
};

}  // namespace cadre::engine
