#include "common/config/endpoint.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace cadre {
namespace {

constexpr std::string_view tcp = "tcp://";
constexpr std::string_view ipc = "ipc://";

bool in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() && text[0] != '0' && port <= 65535;
}

bool is_host(std::string_view text, EndpointUse use) {
  if (text == "*") return use == EndpointUse::listen;
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 3) {
    const std::string_view inside = text.substr(1, text.size() - 2);
    return std::all_of(inside.begin(), inside.end(), [](char c) { return alphanumeric(c) || in(c, ":.%"); });
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return alphanumeric(c) || in(c, ".-_"); });
}

bool is_everywhere(std::string_view host) { return host == "0.0.0.0" || host == "[::]" || host == "*"; }

}  // namespace

Result<std::string> check_endpoint(std::string_view text, EndpointUse use, const std::filesystem::path& directory) {
  const auto refused = [&](std::string_view wanted) {
    return Error{fmt::format("wanted {}, found \"{}\"", wanted, text)};
  };
  if (text.starts_with(ipc)) {
    const std::string_view path = text.substr(ipc.size());
    if (path.empty() || path[0] == '@') return refused("ipc://PATH with the path of a socket file");
    const std::string whole = (directory / path).lexically_normal().string();
    constexpr std::size_t path_max = sizeof(sockaddr_un::sun_path) - 1;  // the system's limit
    if (whole.size() > path_max) {
      return Error{fmt::format("wanted an ipc path of at most {} bytes, found {} bytes (\"{}\")", path_max,
                               whole.size(), whole)};
    }
    return std::string(ipc) + whole;
  }
  if (!text.starts_with(tcp)) return refused("tcp://ADDRESS:PORT or ipc://PATH");
  const std::string_view rest = text.substr(tcp.size());
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return refused("tcp://ADDRESS:PORT with a port");
  const std::string_view host = rest.substr(0, colon);
  if (use == EndpointUse::connect && is_everywhere(host)) {
    return refused("the one address at which the broker is reached (tcp://ADDRESS:PORT)");
  }
  if (!is_host(host, use)) return refused("tcp://ADDRESS:PORT (an IPv6 address in brackets)");
  if (!is_port(rest.substr(colon + 1))) return refused("tcp://ADDRESS:PORT with a port from 1 to 65535");
  return std::string(text);
}

}  // namespace cadre
