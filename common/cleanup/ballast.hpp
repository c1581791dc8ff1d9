// A file of a size that only takes up room on the volume of the database, so that there is some to give when it runs out: a
// full disk ends MariaDB, which does not start again until there is room, and a purge needs some itself (guarantees.md R20).
//
//   absent --- the bound and the file both find room ---> there --- less than half of the bound is free ---> absent
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/database/volumes.hpp"

namespace cadre::cleanup {

class Ballast {
 public:
  struct Settings {
    std::filesystem::path file;
    std::uint64_t bytes = 0;
    std::uint64_t free_space_min = 0;  // policy.free_space_min
  };
  enum class Act : std::uint8_t { none, lay, drop };

  explicit Ballast(Settings settings) : settings_(std::move(settings)) {}

  // What is to be done; the whole decision.
  static Act wish(bool there, std::uint64_t free, const Settings& settings);

  // Looks, and does it. What was done, or why it could not be.
  Result<Act> tend() const;
  // Only gives room: for a moment at which it is not yet known on which volume the database is.
  Result<Act> relieve() const;

  const Settings& settings() const { return settings_; }
  void heed_bound(std::uint64_t free_space_min) { settings_.free_space_min = free_space_min; }

 private:
  Result<Act> act(bool may_lay) const;
  Result<Act> lay() const;

  Settings settings_;
};

// Why the file is of no use to a database on these volumes, or nothing.
std::optional<std::string> ballast_trouble(const Ballast::Settings& settings, const db::Volumes& volumes);

}  // namespace cadre::cleanup
