#include "common/net/ticket.hpp"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <sodium.h>

#include "common/net/keys.hpp"
#include "common/os/secret_file.hpp"
#include "common/protocol/message.hpp"

namespace cadre::net {

namespace {

constexpr std::string_view mark = "cadre-ticket-1.";
constexpr std::size_t check_bytes = 4;  // against a text that was cut or mistyped; the keys need none
constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string check_of(std::string_view fields) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> sum{};
  crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(fields.data()), fields.size(), nullptr, 0);
  return {reinterpret_cast<const char*>(sum.data()), check_bytes};
}

// Without blanks, line ends and no-break spaces (U+00A0).
std::string squeezed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\xc2\xa0") ++i;
    else if (static_cast<unsigned char>(text[i]) > ' ') out += text[i];
  }
  return out;
}

// No field has a blank in it: Z85 and names know none, and an address with one is none.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ' ') parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

Result<std::string> unpacked(std::string_view text) {
  const std::string whole = squeezed(text);
  if (!whole.starts_with(mark)) return Error{fmt::format("not a ticket: a text that begins with \"{}\" was wanted, as `cadre node ticket` prints it", mark)};
  const std::string_view packed = std::string_view(whole).substr(mark.size());
  std::string bytes(packed.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const bool clean = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), packed.data(), packed.size(), nullptr,
                                       &size, &end, variant) == 0 && end == packed.data() + packed.size();
  const Error damaged{"the ticket is damaged: a part is missing or changed; copy the whole line"};
  if (!clean || size <= check_bytes) return damaged;
  bytes.resize(size);
  const std::string fields = bytes.substr(0, size - check_bytes);
  if (check_of(fields) != bytes.substr(fields.size())) return damaged;
  return fields;
}

}  // namespace

std::string to_text(const Ticket& ticket) {
  std::string bytes = fmt::format("{} {} {} {} {}", ticket.name, ticket.address, ticket.server_key, ticket.secret_key,
                                  ticket.not_after.time_since_epoch().count());
  bytes += check_of(bytes);
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), variant);
  text.pop_back();  // its final zero
  return std::string(mark) + text;
}

Result<Ticket> parse_ticket(std::string_view text) {
  const auto fields = unpacked(text);
  if (!fields) return Error{fields.error()};
  const auto parts = split(*fields);
  const Error strange{"the ticket is whole, but not of a kind that this release knows; was it made by a newer one?"};
  if (parts.size() != 5) return strange;
  Ticket ticket{parts[0], parts[1], parts[2], parts[3], {}};
  std::int64_t micros = 0;
  const auto [end, error] = std::from_chars(parts[4].data(), parts[4].data() + parts[4].size(), micros);
  if (error != std::errc{} || end != parts[4].data() + parts[4].size()) return strange;
  if (!is_name(ticket.name) || !is_key(ticket.server_key) || !is_key(ticket.secret_key)) return strange;
  ticket.not_after = WallTime{Duration{micros}};
  return ticket;
}

Result<Ticket> read_ticket(const std::filesystem::path& file) {
  auto text = os::read_secret(file);
  if (!text) return Error{text.error()};
  auto ticket = parse_ticket(*text);
  if (!ticket) return Error{fmt::format("{}: {}", file.string(), ticket.error())};
  return ticket;
}

}  // namespace cadre::net
