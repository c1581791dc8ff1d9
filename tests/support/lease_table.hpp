// The lease rows of clean-up as a model: what MariaDB does with them (common/database/leases), in memory, on whatever clock
// the caller says it has. The simulator's world has one; the contract suite compares it with MariaDB.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/mutant.hpp"
#include "common/base/time.hpp"

namespace cadre::test {

class LeaseTable {
 public:
  struct Row {
    std::string holder;
    std::uint64_t epoch = 0, renewals = 0;
    WallTime expires{};
  };
  struct Turn {
    std::string duty;
    std::uint64_t epoch = 0;
    std::uint32_t place = 0;
    std::uint64_t place_epoch = 0;
  };
  using Unmoved = std::map<std::string, std::uint64_t>;

  static std::string place_name(std::uint32_t place) { return "cleanup/place/" + std::to_string(place); }

  void add(const std::string& resource) { rows_.try_emplace(resource); }
  std::optional<Turn> take(const std::string& duty, const std::string& holder, Duration ttl, std::uint32_t places, WallTime now,
                           const Unmoved& unmoved = {}) {
    for (std::uint32_t place = 1; place <= places; ++place) {
      const std::string place_row = place_name(place);
      const bool free = may_be_taken(duty, now, unmoved) && may_be_taken(place_row, now, unmoved);
      if (!free) continue;
      for (const auto& resource : {duty, place_row}) {
        Row& row = rows_[resource];
        row.epoch += mutant(69) ? 0 : 1;
        ++row.renewals;
        row.holder = holder;
        row.expires = now + ttl;
      }
      return Turn{duty, rows_[duty].epoch, place, rows_[place_row].epoch};
    }
    return std::nullopt;
  }
  bool renew(const Turn& turn, Duration ttl, WallTime now) {
    if (!still_ours(turn)) return false;
    for (const auto& resource : {turn.duty, place_name(turn.place)}) {
      ++rows_[resource].renewals;
      rows_[resource].expires = now + ttl;
    }
    return true;
  }
  void give_back(const Turn& turn) {
    if (rows_[turn.duty].epoch == turn.epoch) free(turn.duty);
    if (rows_[place_name(turn.place)].epoch == turn.place_epoch) free(place_name(turn.place));
  }
  bool still_ours(const Turn& turn) const {
    const auto duty = rows_.find(turn.duty), place = rows_.find(place_name(turn.place));
    return duty != rows_.end() && place != rows_.end() && duty->second.epoch == turn.epoch && place->second.epoch == turn.place_epoch;
  }
  void break_lease(const std::string& resource) {
    ++rows_[resource].epoch;
    free(resource);
  }
  void expire(const std::string& resource) { rows_[resource].expires = WallTime{}; }
  const std::map<std::string, Row>& rows() const { return rows_; }

 private:
  bool may_be_taken(const std::string& resource, WallTime now, const Unmoved& unmoved) {
    const Row& row = rows_[resource];
    const auto stale = unmoved.find(resource);
    return row.expires < now || (stale != unmoved.end() && stale->second == row.renewals);
  }
  void free(const std::string& resource) {
    ++rows_[resource].renewals;
    expire(resource);
  }

  std::map<std::string, Row> rows_;
};

}  // namespace cadre::test
