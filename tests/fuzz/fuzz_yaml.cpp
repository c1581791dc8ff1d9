// The strict reader of YAML against any text: faults with places that exist, never a crash, never an exception.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "common/base/assert.hpp"
#include "common/config/yaml.hpp"

namespace {

// Asks for something of every kind, as readers do, a few levels down.
void read(cadre::yaml::Section section, int depth) {
  using namespace std::chrono_literals;
  section.name("name", "nobody");
  section.text("text", "");
  section.number("slots", 1, 1024, 1);
  section.flag("flag", false);
  section.duration("lease_ttl", 1s, 24h, 60s);
  section.bytes("payload_max", 1, 1u << 30, 1);
  section.texts("listen");
  section.choice("role", {"master", "extension"}, 0);
  if (depth == 0) return;
  read(section.section("broker"), depth - 1);
  for (auto& one : section.sections("list")) read(one, depth - 1);
  for (auto& [key, one] : section.entries("engines")) read(one, depth - 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  auto document = cadre::yaml::Document::parse(text, "fuzz.yaml");
  read(document.root(), 3);
  document.finish();
  int last = 0;
  for (const auto& fault : document.faults()) {
    CADRE_ASSERT(!fault.message.empty());
    CADRE_ASSERT(fault.line >= 0);
    CADRE_ASSERT(fault.line <= lines + 1);
    CADRE_ASSERT(fault.line >= last);
    last = fault.line;
  }
  CADRE_ASSERT(document.report().empty() == document.faults().empty());
  return 0;
}
