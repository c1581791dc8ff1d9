#include "common/protocol/codec.hpp"

#include <limits>
#include <type_traits>

#include <fmt/format.h>
#include <msgpack.hpp>

#include "common/base/assert.hpp"
#include "common/protocol/fields.hpp"

namespace cadre {

namespace {

// --- out ------------------------------------------------------------------------------------------------------------

class Encoder {
 public:
  // `later`: so many at the end came in with a later release.
  void begin(std::uint32_t fields, const char*, std::uint32_t /*later*/ = 0) { packer_.pack_array(fields); }
  void end() {}
  bool more() const { return true; }

  template <class Number>
  void number(const Number& value, Number, Number, const char*) {
    packer_.pack(value);
  }
  template <class Enum>
  void word(const Enum& value, Enum, const char*) {
    packer_.pack(static_cast<std::uint8_t>(value));
  }
  void flag(const bool& value, const char*) { packer_.pack(value); }
  void text(const std::string& value, std::size_t, const char*) { packer_.pack(value); }
  void name(const std::string& value, bool, const char*) { packer_.pack(value); }
  void bytes(const std::string& value, std::size_t, const char*) {
    packer_.pack_bin(static_cast<std::uint32_t>(value.size()));
    packer_.pack_bin_body(value.data(), static_cast<std::uint32_t>(value.size()));
  }
  template <class Item>
  void list(const std::vector<Item>& items, std::size_t, const char*) {
    packer_.pack_array(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items) fields(*this, const_cast<Item&>(item));
  }
  void body(const BodyPtr& body, const char*) {
    static const Body none;
    const Body& real = body ? *body : none;
    packer_.pack_array(2);
    packer_.pack(real.params.size());
    packer_.pack(real.payload.size());
    payload_ += real.params;
    payload_ += real.payload;
  }
  void output(const OutputPtr& output, const char*) {
    const std::size_t count = output ? output->size() : 0;
    packer_.pack_array(static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      const ResultFile& file = (*output)[i];
      packer_.pack_array(2);
      packer_.pack(file.name);
      packer_.pack(file.bytes.size());
      payload_ += file.bytes;
    }
  }
  void document(const std::shared_ptr<const Bytes>& json, const char*) {
    packer_.pack(json ? json->size() : std::size_t{0});
    if (json) payload_ += *json;
  }

  Frames frames() && { return Frames{Bytes(buffer_.data(), buffer_.size()), std::move(payload_)}; }

 private:
  msgpack::sbuffer buffer_;
  msgpack::packer<msgpack::sbuffer> packer_{buffer_};
  Bytes payload_;
};

// --- in -------------------------------------------------------------------------------------------------------------

// Walks the unpacked header beside the field lists; the first fault is kept and everything after it does nothing.
class Decoder {
 public:
  Decoder(const msgpack::object& root, std::string_view payload, std::size_t payload_max)
      : next_(&root), left_(1), payload_(payload), payload_max_(payload_max) {}

  void begin(std::uint32_t fields, const char* what, std::uint32_t later = 0) {
    const msgpack::object* object = take(what);
    const bool fits = object != nullptr && object->type == msgpack::type::ARRAY && object->via.array.size >= fields - later;
    if (!fits) fail(what, fmt::format("an array of at least {} fields", fields - later));
    stack_.push_back({next_, left_});
    next_ = fits ? object->via.array.ptr : nullptr;
    left_ = fits ? object->via.array.size : 0;
  }
  void end() {
    next_ = stack_.back().next;
    left_ = stack_.back().left;
    stack_.pop_back();
  }
  // Before a field that a peer of an earlier release does not send.
  bool more() const { return left_ > 0; }

  template <class Number>
  void number(Number& value, Number min, Number max, const char* what) {
    const msgpack::object* object = take(what);
    if (object == nullptr) return;
    if (!read_number(*object, min, max, value)) fail(what, fmt::format("a whole number from {} to {}", min, max));
  }
  template <class Enum>
  void word(Enum& value, Enum last, const char* what) {
    std::uint32_t number = 0;
    this->number(number, 0u, static_cast<std::uint32_t>(last), what);
    value = static_cast<Enum>(number);
  }
  void flag(bool& value, const char* what) {
    const msgpack::object* object = take(what);
    if (object == nullptr) return;
    if (object->type != msgpack::type::BOOLEAN) return fail(what, "true or false");
    value = object->via.boolean;
  }
  void text(std::string& value, std::size_t max, const char* what) {
    const msgpack::object* object = take(what);
    if (object == nullptr) return;
    if (object->type != msgpack::type::STR || object->via.str.size > max)
      return fail(what, fmt::format("a text of at most {} bytes", max));
    value.assign(object->via.str.ptr, object->via.str.size);
    if (!is_utf8(value)) fail(what, "text in UTF-8");
  }
  void name(std::string& value, bool may_be_empty, const char* what) {
    text(value, limits::name_bytes_max, what);
    if (!failed() && !(may_be_empty && value.empty()) && !is_name(value))
      fail(what, "a name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -");
  }
  void bytes(std::string& value, std::size_t max, const char* what) {
    const msgpack::object* object = take(what);
    if (object == nullptr) return;
    if (object->type != msgpack::type::BIN || object->via.bin.size > max)
      return fail(what, fmt::format("at most {} bytes", max));
    value.assign(object->via.bin.ptr, object->via.bin.size);
  }
  template <class Item>
  void list(std::vector<Item>& items, std::size_t max, const char* what) {
    const msgpack::object* object = take(what);
    if (object == nullptr) return;
    if (object->type != msgpack::type::ARRAY || object->via.array.size > max)
      return fail(what, fmt::format("a list of at most {} items", max));
    stack_.push_back({next_, left_});
    next_ = object->via.array.ptr;
    left_ = object->via.array.size;
    items.resize(left_);
    for (auto& item : items) {
      fields(*this, item);
      if (failed()) break;
    }
    end();
  }
  void body(BodyPtr& body, const char* what) {
    std::uint64_t params = 0;
    std::uint64_t payload = 0;
    begin(2, what);
    number(params, std::uint64_t{0}, std::uint64_t{limits::params_bytes_max}, what);
    number(payload, std::uint64_t{0}, std::uint64_t{payload_max_}, what);
    end();
    auto made = std::make_shared<Body>();
    made->params = slice(params, what);
    made->payload = slice(payload, what);
    if (!failed() && !is_utf8(made->params)) return fail(what, "parameters in UTF-8");
    body = std::move(made);
  }
  void output(OutputPtr& output, const char* what) {
    std::vector<FileSize> sizes;
    list(sizes, limits::files_max, what);
    auto made = std::make_shared<Output>();
    std::uint64_t sum = 0;
    for (auto& file : sizes) {
      sum += file.size;
      if (sum > payload_max_) return fail(what, fmt::format("files of at most {} bytes together", payload_max_));
      made->push_back({std::move(file.name), Bytes(slice(file.size, what))});
    }
    if (!made->empty()) output = std::move(made);
  }
  void document(std::shared_ptr<const Bytes>& json, const char* what) {
    std::uint64_t size = 0;
    number(size, std::uint64_t{0}, std::uint64_t{limits::answer_bytes_max}, what);
    json = std::make_shared<Bytes>(slice(size, what));
  }

  bool failed() const { return !error_.empty(); }
  std::string error() && { return std::move(error_); }
  bool payload_used_up() const { return offset_ == payload_.size(); }

  void fail(const char* what, std::string wanted) {
    if (error_.empty()) error_ = fmt::format("{}: wanted {}", what, wanted);
  }

 private:
  struct Level {
    const msgpack::object* next;
    std::uint32_t left;
  };

  const msgpack::object* take(const char* what) {
    if (failed()) return nullptr;
    if (left_ == 0) {
      fail(what, "a field, found the end");
      return nullptr;
    }
    --left_;
    return next_++;
  }

  template <class Number>
  static bool read_number(const msgpack::object& object, Number min, Number max, Number& value) {
    if (object.type == msgpack::type::POSITIVE_INTEGER) {
      const std::uint64_t found = object.via.u64;
      if (std::is_signed_v<Number> && found > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return false;
      if (std::cmp_less(found, min) || std::cmp_greater(found, max)) return false;
      value = static_cast<Number>(found);
      return true;
    }
    if (object.type == msgpack::type::NEGATIVE_INTEGER) {
      const std::int64_t found = object.via.i64;
      if (std::cmp_less(found, min) || std::cmp_greater(found, max)) return false;
      value = static_cast<Number>(found);
      return true;
    }
    return false;
  }

  std::string_view slice(std::uint64_t size, const char* what) {
    if (failed()) return {};
    if (size > payload_.size() - offset_) {
      fail(what, fmt::format("{} bytes in the payload frame", size));
      return {};
    }
    const std::string_view part = payload_.substr(offset_, size);
    offset_ += size;
    return part;
  }

  std::vector<Level> stack_;
  const msgpack::object* next_;
  std::uint32_t left_;
  std::string_view payload_;
  std::size_t offset_ = 0;
  std::size_t payload_max_;
  std::string error_;
};

template <std::size_t index = 0>
void read_body(Decoder& in, std::uint32_t type, Message& message) {
  if constexpr (index < std::variant_size_v<Message>) {
    if (type != index) return read_body<index + 1>(in, type, message);
    fields(in, message.emplace<index>());
  }
}

constexpr std::uint32_t type_last = std::variant_size_v<Message> - 1;

Result<Message> walk(const msgpack::object& root, std::string_view payload, std::size_t payload_max) {
  Decoder in(root, payload, payload_max);
  std::uint32_t version = 0;
  std::uint32_t type = 0;
  Message message;
  in.begin(3, "message");
  in.number(version, limits::protocol_version_min, limits::protocol_version, "protocol version");
  in.number(type, 0u, type_last, "message type");
  if (!in.failed()) read_body(in, type, message);
  if (!in.failed() && !in.payload_used_up()) in.fail("payload frame", "no bytes behind the last part");
  if (in.failed()) return Error{std::move(in).error()};
  return message;
}

}  // namespace

Frames encode(const Message& message) {
  Encoder out;
  out.begin(3, "message");
  out.number(limits::protocol_version, 0u, 0u, "protocol version");
  out.number(static_cast<std::uint32_t>(message.index()), 0u, type_last, "message type");
  std::visit([&out](const auto& body) { fields(out, const_cast<std::remove_cvref_t<decltype(body)>&>(body)); }, message);
  return std::move(out).frames();
}

Result<Message> decode(std::string_view header, std::string_view payload, std::size_t payload_max) {
  if (header.size() > limits::header_bytes_max)
    return Error{fmt::format("header frame: {} bytes, at most {} are allowed", header.size(), limits::header_bytes_max)};
  // Counts are bounded before anything is allocated for them (libraries.md 2.1), and nothing is copied while unpacking:
  // the objects point into `header`, which outlives them.
  const msgpack::unpack_limit bounds(limits::held_max, 16, limits::params_bytes_max, limits::header_bytes_max, 0, 8);
  try {
    std::size_t offset = 0;
    const auto handle = msgpack::unpack(
        header.data(), header.size(), offset, [](msgpack::type::object_type, std::size_t, void*) { return true; },
        nullptr, bounds);
    if (offset != header.size()) return Error{"header frame: bytes behind the message"};
    return walk(handle.get(), payload, payload_max);
  } catch (const std::exception&) {
    return Error{"header frame: not a msgpack message within the limits"};
  }
}

}  // namespace cadre
