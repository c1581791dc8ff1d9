#include "broker/ctl/bind_value.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace cadre::ctl {

namespace {

constexpr std::array all_addresses{"*", "0.0.0.0", "::"};  // "" is said nowhere: it cannot be typed
constexpr const char *loopback = "127.0.0.1", *loopback_six = "::1";  // what "localhost" is: 127.0.0.2 would not do

// As the system writes it: 2001:DB8::0:1 and 2001:db8::1 are one.
std::string canonical(const std::string& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, address.c_str(), bytes.data()) == 1) inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace

Result<BindValue> bind_value(const std::vector<std::string>& wanted, bool everywhere, const std::vector<std::string>& own,
                             const std::function<bool(const std::string&)>& is_own) {
  if (everywhere) {
    if (!wanted.empty()) return Error{fmt::format("--all-addresses is every address of this machine: leave {} out, or the option", fmt::join(wanted, ", "))};
    return BindValue{"*", own};
  }
  if (wanted.empty()) return Error{"at which address is the server to be reached? Give one or more of this machine's: " + fmt::format("{}", fmt::join(own, ", "))};
  BindValue value;
  for (const auto& one : wanted) {
    if (std::find(all_addresses.begin(), all_addresses.end(), one) != all_addresses.end())
      return Error{fmt::format("'{}' is every address of this machine: say which are meant, of {}; or --all-addresses", one, fmt::join(own, ", "))};
    const std::string address = canonical(one);
    if (address.empty()) return Error{fmt::format("'{}': an address in numbers was wanted, such as {}", one, own.empty() ? "10.1.0.5" : own.back())};
    if (!is_own(address))
      return Error{fmt::format("{} is no address of this machine: MariaDB would take it without a word, and nobody would reach it. There are: {}", address, fmt::join(own, ", "))};
    if (std::find(value.addresses.begin(), value.addresses.end(), address) == value.addresses.end()) value.addresses.push_back(address);
  }
  const bool has_loopback = std::any_of(value.addresses.begin(), value.addresses.end(), [](const std::string& one) { return one == loopback || one == loopback_six; });
  if (!has_loopback) value.addresses.insert(value.addresses.begin(), loopback);
  value.text = fmt::format("{}", fmt::join(value.addresses, ","));
  return value;
}

}  // namespace cadre::ctl
