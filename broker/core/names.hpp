// Engines, queues, clients and nodes by number: a waiting job carries four small numbers instead of four texts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/assert.hpp"

namespace cadre {

struct Name {
  std::uint32_t value = 0;
  auto operator<=>(const Name&) const = default;
};

class Names {
 public:
  // Nothing where `max` names are known already and this is not one of them.
  std::optional<Name> intern(std::string_view text, std::uint32_t max) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) return Name{known->second};
    if (texts_.size() >= max) return std::nullopt;
    const auto [place, fresh] = numbers_.emplace(text, static_cast<std::uint32_t>(texts_.size()));
    texts_.push_back(&place->first);
    return Name{place->second};
  }
  std::optional<Name> find(std::string_view text) const {
    const auto known = numbers_.find(text);
    if (known == numbers_.end()) return std::nullopt;
    return Name{known->second};
  }
  const std::string& text(Name name) const {
    CADRE_ASSERT(name.value < texts_.size());
    return *texts_[name.value];
  }

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<const std::string*> texts_;  // into the map, whose keys do not move
};

}  // namespace cadre
