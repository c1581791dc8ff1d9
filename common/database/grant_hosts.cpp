#include "common/database/grant_hosts.hpp"

#include <arpa/inet.h>

#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace cadre::db {

namespace {

constexpr std::uint64_t many = 65'536;  // addresses; more are warned about
constexpr std::size_t name_bytes_max = 255;  // of a host's name in mysql.user

struct Net {
  std::uint32_t base = 0, mask = 0;
};
// RFC 1918 and 6598, loopback, link-local: nobody comes from there over the internet.
constexpr std::array<Net, 6> not_public{{{0x0a000000, 0xff000000}, {0xac100000, 0xfff00000}, {0xc0a80000, 0xffff0000}, {0x64400000, 0xffc00000}, {0x7f000000, 0xff000000}, {0xa9fe0000, 0xffff0000}}};

std::string text_of(std::uint32_t address) { return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255); }

std::optional<std::uint32_t> address_of(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::optional<unsigned> number_of(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value > most) return std::nullopt;
  return value;
}

std::uint32_t mask_of(unsigned bits) { return bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits); }
bool in_one_piece(std::uint32_t mask) { return std::has_single_bit(std::uint64_t{~mask} + 1); }

Result<GrantHosts> range(std::string_view text, Net net) {
  const unsigned bits = static_cast<unsigned>(std::popcount(net.mask));
  if (bits == 0) return Error{fmt::format("'{}' is every machine there is: name the addresses or the network from which this account may come", text)};
  const std::uint32_t base = net.base & net.mask;
  if (base != net.base)
    return Error{fmt::format("'{}' has bits beyond its mask, so MariaDB would match nobody: the network is {}/{}, and the machine alone is {}", text, text_of(base), bits, text_of(net.base))};
  GrantHosts hosts;
  hosts.count = std::uint64_t{1} << (32 - bits);
  hosts.first = text_of(base);
  hosts.last = text_of(base | ~net.mask);
  hosts.host = bits == 32 ? hosts.first : fmt::format("{}/{}", hosts.first, text_of(net.mask));
  if (hosts.count > many) hosts.warnings.push_back(fmt::format("{} is wide: {} addresses, {} to {}", text, hosts.count, hosts.first, hosts.last));
  const auto inside = [&](const Net& known) { return (base & known.mask) == known.base && (net.mask & known.mask) == known.mask; };
  bool close = false;
  for (const Net& known : not_public) close = close || inside(known);
  if (!close) hosts.warnings.push_back(fmt::format("{} is public: machines of the internet come from there", text));
  return hosts;
}

// "10.1.%", "10.1.*.*": whole numbers, and behind them nothing but wildcards.
Result<GrantHosts> wildcard(std::string_view text) {
  std::uint32_t base = 0;
  unsigned given = 0, parts = 0;
  for (std::string_view rest = text; parts < 5; ++parts) {
    const auto dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    const bool any = part == "%" || part == "*";
    const auto number = number_of(part, 255);
    if (!any && (!number || given < parts)) return Error{fmt::format("'{}': a wildcard stands for whole numbers at the end, as in 10.1.% or 10.1.2.*", text)};
    if (!any) base |= *number << (24 - 8 * given++);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (parts >= 4) return Error{fmt::format("'{}' has more than four parts", text)};
  return range(text, {base, mask_of(8 * given)});
}

Result<GrantHosts> with_mask(std::string_view text, std::size_t slash) {
  const std::string_view left = text.substr(0, slash), right = text.substr(slash + 1);
  if (left.find(':') != std::string_view::npos)
    return Error{fmt::format("'{}': MariaDB knows no networks of IPv6, only single addresses; list them", text)};
  const auto base = address_of(left);
  const auto bits = number_of(right, 32);
  const auto mask = bits ? std::optional(mask_of(*bits)) : address_of(right);
  if (!base || !mask) return Error{fmt::format("'{}': 10.1.0.0/16 or 10.1.0.0/255.255.0.0 was wanted", text)};
  if (!in_one_piece(*mask) && *mask != 0) return Error{fmt::format("'{}': the mask {} has gaps; one such as 255.255.0.0 was wanted", text, right)};
  return range(text, {*base, *mask});
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > name_bytes_max || text.front() == '-' || text.front() == '.') return false;
  bool letter = false;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    letter = letter || is_letter;
    if (!is_letter && (c < '0' || c > '9') && c != '-' && c != '.') return false;
  }
  return letter;
}

}  // namespace

Result<GrantHosts> grant_hosts(std::string_view text) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos) return with_mask(text, slash);
  if (text.find_first_of("%*") != std::string_view::npos) return wildcard(text);
  if (const auto address = address_of(text)) return range(text, {*address, mask_of(32)});
  in6_addr six{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), &six) == 1) {
    std::array<char, INET6_ADDRSTRLEN> written{};
    inet_ntop(AF_INET6, &six, written.data(), written.size());
    GrantHosts hosts;
    hosts.host = hosts.first = hosts.last = written.data();  // as the server writes it, which compares text
    return hosts;
  }
  if (!is_host_name(text)) return Error{fmt::format("'{}' is no address, network or name of a host: 10.1.2.3, 10.1.0.0/16, 10.1.% or db1.example.net was wanted", text)};
  GrantHosts hosts;
  hosts.host = text;
  if (text == "localhost") hosts.warnings.push_back("localhost is who comes by the socket; by TCP on the same machine one comes from 127.0.0.1");
  else hosts.warnings.push_back(fmt::format("{} is a name: it matches only where the server resolves names (skip_name_resolve is off) and the address leads back to it", text));
  return hosts;
}

}  // namespace cadre::db
