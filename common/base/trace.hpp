// The decision trace: one line per decision of a core, into a sink owned by somebody else. The same lines are the
// oracle of the script tests and the debug log of production.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

namespace cadre {

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void line(std::string text) = 0;
};

// Costs one comparison where nobody listens.
class Trace {
 public:
  Trace() = default;
  explicit Trace(TraceSink* sink) : sink_(sink) {}

  template <class... Arguments>
  void operator()(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    if (sink_ != nullptr) sink_->line(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  bool listening() const { return sink_ != nullptr; }

 private:
  TraceSink* sink_ = nullptr;
};

}  // namespace cadre
