// The worker's directory: locked by one process at a time, stamped with a number that tells two machines with one key
// apart, and with the id of the cluster it belongs to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/result.hpp"

namespace cadre {

class Spool {
 public:
  // Makes the directory (0700) where there is none; fails where another worker uses it or it cannot be written.
  static Result<Spool> open(const std::filesystem::path& directory);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  std::uint64_t instance() const { return instance_; }
  // How often a worker has started on this spool, this time included: sessions grow with it.
  std::uint32_t lives() const { return lives_; }
  // The first cluster that welcomes us owns the spool; another one is refused: why.
  std::optional<std::string> belongs_to(const std::string& cluster) const;
  // Why no work can be taken now: the volume is full, read-only. Nothing where all is well.
  std::optional<std::string> trouble(std::uint64_t free_min) const;
  struct Space {
    std::uint64_t free = 0, size = 0;  // bytes of its volume; 0 and 0: it cannot be looked at
  };
  Space space() const;

 private:
  explicit Spool(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
  int lock_ = -1;
  std::uint64_t instance_ = 0;
  std::uint32_t lives_ = 0;
};

}  // namespace cadre
