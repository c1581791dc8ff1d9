// One line per event: a time, a level, the event's name, and key=value pairs (or the same as one JSON object). Values
// are escaped; secrets never come here. Synchronous: what was logged survives a kill (libraries.md 4.7).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/base/trace.hpp"

namespace cadre::log {

enum class Level : int { trace, debug, info, warn, error };

// A value as text; numbers and texts convert.
struct Field {
  std::string_view key;
  std::string value;
  template <class T>
  Field(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

// `file` empty: stderr. False (with the reason in the log on stderr) where the file cannot be opened.
bool open(std::string_view program, Level level, bool json, const std::string& file);
void set_level(Level level);
Level level();
bool wanted(Level level);
void event(Level level, std::string_view name, std::initializer_list<Field> fields = {});

inline void info(std::string_view name, std::initializer_list<Field> fields = {}) { event(Level::info, name, fields); }
inline void warn(std::string_view name, std::initializer_list<Field> fields = {}) { event(Level::warn, name, fields); }
inline void error(std::string_view name, std::initializer_list<Field> fields = {}) { event(Level::error, name, fields); }
inline void debug(std::string_view name, std::initializer_list<Field> fields = {}) { event(Level::debug, name, fields); }

// Where the decisions of a core go while the level is trace.
class Decisions final : public TraceSink {
 public:
  void line(std::string text) override { event(Level::trace, "decision", {{"what", text}}); }
  Trace trace() { return wanted(Level::trace) ? Trace(this) : Trace(); }
};

}  // namespace cadre::log
