// Runs one engine from its directory, without a cluster, exactly as a worker would: the same host, limits and contract.
// For engine authors (`cadre engine test`); main thread only, like the host.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "common/base/time.hpp"
#include "common/protocol/limits.hpp"

namespace cadre::engine {

struct EngineTest {
  std::filesystem::path input;  // payload; empty: none
  // A JSON object. Empty: the engine's own test, which is its directory's test/input and test/params.json; where it has
  // neither, nothing is run: engine.yaml and the program are looked at.
  std::string params = "{}";
  std::filesystem::path output;  // result files are written there; empty: only listed
  Duration time_limit{};         // 0: as engine.yaml says
  std::uint64_t output_max = limits::payload_bytes_default;
  bool json = false;  // `out` gets one JSON object instead of text, as soon as it is known which engine it is
};

// `out` gets what happened, `err` why nothing could. Returns 0: succeeded; 1: the engine failed; 65: engine.yaml has
// faults, or the parameters are no JSON object; 66: the input cannot be read; 73: the output cannot be written.
int engine_test(const std::filesystem::path& directory, const EngineTest& test, std::ostream& out, std::ostream& err);

}  // namespace cadre::engine
