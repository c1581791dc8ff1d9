// Messages with arbitrary contents within the bounds of the protocol: a third walker over the field lists, beside the
// encoder and the decoder. The same seed makes the same message.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/mix.hpp"
#include "common/protocol/fields.hpp"

namespace cadre {

class Filler {
 public:
  explicit Filler(std::uint64_t seed) : state_(seed) {}

  void begin(std::uint32_t, const char*, std::uint32_t = 0) {}
  bool more() const { return true; }
  void end() {}

  // Often the bounds themselves: that is where codecs break.
  template <class Number>
  void number(Number& value, Number min, Number max, const char*) {
    switch (below(4)) {
      case 0: value = min; return;
      case 1: value = max; return;
      default: break;
    }
    const auto span = static_cast<std::uint64_t>(max) - static_cast<std::uint64_t>(min);
    const std::uint64_t offset = span == ~std::uint64_t{0} ? next() >> below(64) : (next() >> below(64)) % (span + 1);
    value = static_cast<Number>(static_cast<std::uint64_t>(min) + offset);
  }
  template <class Enum>
  void word(Enum& value, Enum last, const char*) {
    value = static_cast<Enum>(below(static_cast<std::uint64_t>(last) + 1));
  }
  void flag(bool& value, const char*) { value = below(2) == 1; }
  void text(std::string& value, std::size_t max, const char*) {
    static constexpr std::string_view letters[] = {"a", " ", "\n", "\"", "é", "€", "\U0001f600", std::string_view("\0", 1)};
    const std::size_t size = length(max);
    value.clear();
    while (true) {
      const auto letter = letters[below(std::size(letters))];
      if (value.size() + letter.size() > size) return;
      value += letter;
    }
  }
  void name(std::string& value, bool may_be_empty, const char*) {
    static constexpr std::string_view letters = "abcXYZ019._-";
    value.assign(may_be_empty && below(3) == 0 ? 0 : std::max<std::size_t>(1, length(limits::name_bytes_max)), 'n');
    for (std::size_t i = 1; i < value.size(); ++i) value[i] = letters[below(letters.size())];
  }
  void bytes(std::string& value, std::size_t max, const char*) {
    value.resize(length(max));
    for (auto& byte : value) byte = static_cast<char>(next());
  }
  template <class Item>
  void list(std::vector<Item>& items, std::size_t max, const char*) {
    items.resize(std::min<std::size_t>(below(4), max));
    for (auto& item : items) fields(*this, item);
  }
  void body(BodyPtr& body, const char*) {
    Body made;
    text(made.params, 100, "");
    bytes(made.payload, 1000, "");
    body = std::make_shared<Body>(std::move(made));
  }
  void output(OutputPtr& output, const char*) {
    Output made(below(3));
    for (auto& file : made) {
      name(file.name, false, "");
      bytes(file.bytes, 1000, "");
    }
    if (!made.empty()) output = std::make_shared<Output>(std::move(made));
  }
  void document(std::shared_ptr<const Bytes>& json, const char*) {
    Bytes made;
    bytes(made, 1000, "");
    json = std::make_shared<Bytes>(std::move(made));
  }

  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t next() { return mix(++state_); }
  std::size_t length(std::size_t max) { return below(8) == 0 ? max : below(std::min<std::size_t>(max, 20) + 1); }

  std::uint64_t state_;
};

template <std::size_t index = 0>
Message arbitrary_message(std::size_t type, std::uint64_t seed) {
  if constexpr (index + 1 < std::variant_size_v<Message>)
    if (type != index) return arbitrary_message<index + 1>(type, seed);
  Filler filler(mix(seed));
  Message message;
  fields(filler, message.emplace<index>());
  return message;
}

}  // namespace cadre
