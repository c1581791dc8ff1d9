#include "common/config/yaml.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <tuple>

#include "common/base/assert.hpp"
#include "common/config/yaml_state.hpp"

namespace cadre::yaml {

std::string to_string(const Fault& fault) {
  if (fault.line == 0) return fault.file + ": " + fault.message;
  return fault.file + ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.message;
}

void State::add(Place place, std::string message) {
  if (broken) return;
  Fault fault{file, place.line, place.column, std::move(message)};
  const auto before = [](const Fault& a, const Fault& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  };
  const auto [first, last] = std::equal_range(faults.begin(), faults.end(), fault, before);
  // A reader may ask for a key twice; the fault is still one.
  if (std::any_of(first, last, [&](const Fault& other) { return other.message == fault.message; })) return;
  faults.insert(last, std::move(fault));
}

const Node::Entry* State::find(int mapping, std::string_view key) const {
  if (mapping < 0) return nullptr;
  const Node& node = nodes[static_cast<std::size_t>(mapping)];
  const auto entry = std::find_if(node.entries.begin(), node.entries.end(),
                                  [&](const Node::Entry& candidate) { return candidate.key == key; });
  return entry == node.entries.end() ? nullptr : &*entry;
}

void State::ask(int mapping, const std::string& path, std::string_view key) {
  if (mapping < 0) return;
  asked[mapping].emplace(key);
  titles.emplace(mapping, path);
}

Document Document::load(const std::filesystem::path& path) {
  const auto failed = [&](const std::string& message) {
    Document document;
    document.state_ = std::make_shared<State>();
    document.state_->file = path.string();
    document.state_->add({}, message);
    document.state_->broken = true;
    return document;
  };
  std::error_code trouble;
  if (std::filesystem::is_directory(path, trouble)) return failed("cannot be read: it is a directory");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return failed("cannot be read: " + std::string(std::strerror(errno)));
  std::string text(file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return failed("cannot be read: " + std::string(std::strerror(errno)));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > file_bytes_max) return failed("is larger than 1 MiB; that is no configuration file");
  return parse(text, path.string());
}

Document Document::parse(std::string_view text, std::string file_name) {
  Document document;
  document.state_ = std::make_shared<State>();
  document.state_->file = std::move(file_name);
  grow(*document.state_, text);
  return document;
}

Section Document::root() {
  Section section;
  section.state_ = state_;
  section.index_ = state_->broken ? -1 : state_->root;
  // A reader that asks for no key of a mapping still knows it: then each of its keys is unknown.
  if (section.index_ >= 0) state_->asked[section.index_];
  return section;
}

void Document::finish() {
  for (const auto& [mapping, known] : state_->asked) {
    const auto title = state_->titles.find(mapping);
    const std::string where =
        title == state_->titles.end() || title->second.empty() ? "" : " in '" + title->second + "'";
    for (const Node::Entry& entry : state_->nodes[static_cast<std::size_t>(mapping)].entries) {
      if (known.contains(entry.key)) continue;
      std::string message = "unknown key '" + entry.key + "'" + where;
      if (const auto word = nearest(entry.key, {known.begin(), known.end()})) {
        message += "; did you mean '" + *word + "'?";
      }
      state_->add(entry.place, std::move(message));
    }
  }
}

const std::vector<Fault>& Document::faults() const { return state_->faults; }

std::string Document::report() const {
  std::string text;
  for (const Fault& fault : state_->faults) text += to_string(fault) + "\n";
  return text;
}

}  // namespace cadre::yaml
