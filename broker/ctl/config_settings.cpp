#include "broker/ctl/config_settings.hpp"

#include <map>

#include "broker/ctl/stop.hpp"
#include "common/config/edit.hpp"

namespace cadre::ctl {

namespace {

std::vector<yaml::Leaf> leaves_of(const std::string& text) {
  auto found = yaml::leaves(text);
  if (!found) throw Stop{Exit::config, found.error()};
  return std::move(*found);
}

}  // namespace

std::vector<Setting> settings_of(const std::string& text, NodeRole role) {
  std::vector<Setting> all;
  std::map<std::string, std::size_t> places;
  for (const auto& leaf : leaves_of(default_config(role))) {
    places[leaf.path] = all.size();
    all.push_back({leaf.path, leaf.value, leaf.value});
  }
  for (const auto& leaf : leaves_of(text)) {
    const auto place = places.find(leaf.path);
    Setting& setting = place == places.end() ? all.emplace_back(Setting{leaf.path, "", ""}) : all[place->second];
    setting.value = leaf.value;
    setting.line = leaf.line;
  }
  return all;
}

}  // namespace cadre::ctl
