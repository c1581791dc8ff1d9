// Where a socket listens or connects: tcp://ADDRESS:PORT or ipc://PATH, checked before ZeroMQ sees it, because ZeroMQ
// says only "Invalid argument".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace cadre {

enum class EndpointUse { listen, connect };

// The endpoint as ZeroMQ wants it (a relative ipc path is relative to `directory`), or what was wanted and found:
// "wanted tcp://ADDRESS:PORT or ipc://PATH, found \"udp://x\"".
Result<std::string> check_endpoint(std::string_view text, EndpointUse use, const std::filesystem::path& directory);

}  // namespace cadre
