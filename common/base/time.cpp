#include "common/base/time.hpp"

#include <ctime>

#include <fmt/format.h>

namespace cadre {

std::string to_string(WallTime time) {
  const auto micros = time.time_since_epoch().count();
  if (micros == 0) return "-";
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, micros % 1'000'000 / 1000);
}

std::string to_string(Duration duration) {
  const auto micros = duration.count();
  if (micros == 0) return "0s";
  if (micros < 1000) return fmt::format("{}us", micros);
  if (micros < 1'000'000) return fmt::format("{}ms", micros / 1000);
  if (micros < 60'000'000) return fmt::format("{:.3g}s", static_cast<double>(micros) / 1e6);
  if (micros < 3'600'000'000) return fmt::format("{}m{:02}s", micros / 60'000'000, micros / 1'000'000 % 60);
  return fmt::format("{}h{:02}m", micros / 3'600'000'000, micros / 60'000'000 % 60);
}

}  // namespace cadre
