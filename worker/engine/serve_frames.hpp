// The lines between the worker and a serve engine. ENGINES.md is normative; this file is its code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "worker/engine/engine.hpp"

namespace cadre::engine {

inline constexpr int serve_version = 1;
inline constexpr std::size_t serve_header_bytes_max = 64u << 10;  // from the engine; params alone may be as long to it

struct AnnouncedFile {
  std::string name;
  std::uint64_t bytes = 0;
};

// One line of an engine, taken apart and checked.
struct EngineLine {
  enum class Type : std::uint8_t { ready, done, fail, progress, pong };
  Type type = Type::ready;
  std::string id;                    // done, fail, progress
  std::vector<AnnouncedFile> files;  // done: what follows, in this order
  std::uint64_t bytes = 0;           // done: all of it
  int code = 0;                      // fail: 1 .. 255
  std::string message;               // fail, progress
  double progress = 0;               // progress: 0 .. 1
};

// The error says what was wanted and what was found.
Result<EngineLine> parse_engine_line(std::string_view line);

std::string hello_line(const std::string& engine);
std::string job_line(const Order& order, const std::string& params, const std::string& quoted_directory);
std::string cancel_line(const std::string& id);
std::string ping_line();
std::string bye_line();

// A JSON object on one line; empty where `params` is none.
std::optional<std::string> one_line_params(const std::string& params);
std::string quoted(const std::string& text);  // as a JSON string

}  // namespace cadre::engine
