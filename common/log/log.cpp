#include "common/log/log.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace cadre::log {

namespace {

std::shared_ptr<spdlog::logger> logger;
bool as_json = false;

spdlog::level::level_enum spd(Level level) { return static_cast<spdlog::level::level_enum>(static_cast<int>(level)); }

// Bare where that is unambiguous, else quoted, with control characters escaped: one event stays one line.
void append_value(std::string& line, const std::string& value) {
  const bool bare = !value.empty() && value.find_first_of(" =\"\\") == std::string::npos &&
                    std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (bare) line += value;
  else line += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

bool open(std::string_view program, Level level, bool json, const std::string& file) {
  as_json = json;
  spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  bool opened = true;
  try {
    if (!file.empty()) sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  } catch (const std::exception&) {
    opened = false;
  }
  logger = std::make_shared<spdlog::logger>(std::string(program), sink);
  logger->set_level(spd(level));
  logger->flush_on(spdlog::level::info);
  logger->set_pattern(json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",\"program\":\"%n\",%v}"
                           : "%Y-%m-%dT%H:%M:%S.%eZ %l %n %v",
                      spdlog::pattern_time_type::utc);
  if (!opened) error("log_file_unusable", {{"file", file}});
  return opened;
}

void set_level(Level level) {
  if (logger) logger->set_level(spd(level));
}

Level level() { return logger ? static_cast<Level>(static_cast<int>(logger->level())) : Level::info; }

bool wanted(Level level) { return logger && logger->should_log(spd(level)); }

void event(Level level, std::string_view name, std::initializer_list<Field> fields) {
  if (!wanted(level)) return;
  std::string line;
  const auto quoted = [](std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  if (as_json) {
    line = "\"event\":" + quoted(name);
    for (const Field& field : fields) line += "," + quoted(field.key) + ":" + quoted(field.value);
  } else {
    line = name;
    for (const Field& field : fields) {
      line += ' ';
      line += field.key;
      line += '=';
      append_value(line, field.value);
    }
  }
  logger->log(spd(level), "{}", line);
}

}  // namespace cadre::log
