#include "broker/store/columns.hpp"

#include <charconv>

#include <fmt/format.h>

namespace cadre {

std::string files_text(const OutputPtr& output) {
  std::string text;
  if (output)
    for (const auto& file : *output) text += fmt::format("{} {}\n", file.name, file.bytes.size());
  return text;
}

std::string files_bytes(const OutputPtr& output) {
  std::string bytes;
  if (output)
    for (const auto& file : *output) bytes += file.bytes;
  return bytes;
}

OutputPtr files_from(const std::string& text, const std::string& bytes) {
  auto output = std::make_shared<Output>();
  std::size_t offset = 0;
  for (std::size_t line = 0; line < text.size();) {
    const auto end = text.find('\n', line);
    const auto space = text.find(' ', line);
    std::size_t size = 0;
    std::from_chars(text.data() + space + 1, text.data() + end, size);
    output->push_back({text.substr(line, space - line), bytes.empty() ? Bytes() : bytes.substr(offset, size)});
    offset += size;
    line = end + 1;
  }
  return output->empty() ? nullptr : output;
}

namespace {

void append_u64(std::string& bytes, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
}

std::uint64_t read_u64(const std::string& bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

std::string open_ranges_bytes(const CheckpointRow& row) {
  std::string bytes;
  bytes.reserve(row.open.size() * 16);
  for (const auto& [first, last] : row.open) append_u64(bytes, first.value), append_u64(bytes, last.value);
  return bytes;
}

std::vector<std::pair<JobId, JobId>> open_ranges_from(const std::string& bytes) {
  std::vector<std::pair<JobId, JobId>> ranges;
  for (std::size_t at = 0; at + 16 <= bytes.size(); at += 16)
    ranges.emplace_back(JobId{read_u64(bytes, at)}, JobId{read_u64(bytes, at + 8)});
  return ranges;
}

}  // namespace cadre
