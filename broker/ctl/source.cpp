#include "broker/ctl/source.hpp"

#include <fmt/format.h>

#include <iostream>
#include <set>

#include "broker/ctl/files.hpp"
#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

namespace {

std::uint64_t count_lines(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::uint64_t lines = 0;
  char last = '\n';
  std::vector<char> buffer(1 << 16);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || stream.gcount() > 0) {
    for (std::streamsize i = 0; i < stream.gcount(); ++i) lines += buffer[static_cast<std::size_t>(i)] == '\n' ? 1 : 0;
    last = buffer[static_cast<std::size_t>(stream.gcount() - 1)];
  }
  return lines + (last == '\n' ? 0 : 1);
}

}  // namespace

Source::Source(Plan plan) : plan_(std::move(plan)) {
  const auto& files = plan_.files;
  for (const auto& file : files)
    if (file != "-" || plan_.by_path) check_input(file);
  std::set<std::string> names;
  for (const auto& file : files)
    if (!names.insert(file.filename().string()).second)
      throw Stop{Exit::usage, fmt::format("two of the files are called '{}': submit them in two commands",
                                          file.filename().string())};
  if (!plan_.lines) {
    total_ = files.empty() ? 1 : files.size();
    return;
  }
  if (files.front() == "-") return;
  if (std::filesystem::is_regular_file(files.front())) total_ = count_lines(files.front());
  lines_.open(files.front(), std::ios::binary);
  if (!lines_) throw Stop{Exit::no_input, fmt::format("{}: cannot be read", files.front().string())};
}

std::optional<Piece> Source::next() {
  if (plan_.lines) return next_line();
  if (plan_.files.empty()) return at_++ == 0 ? std::optional<Piece>{Piece{}} : std::nullopt;
  if (at_ == plan_.files.size()) return std::nullopt;
  const auto& file = plan_.files[at_++];
  Piece piece;
  piece.label = file.string();
  if (plan_.each) piece.suffix = file.filename().string();
  piece.payload =
      plan_.by_path ? std::filesystem::absolute(file).lexically_normal().string() : read_payload(file, plan_.bytes_max);
  return piece;
}

std::optional<Piece> Source::next_line() {
  std::istream& stream = lines_.is_open() ? lines_ : std::cin;
  Piece piece;
  if (!std::getline(stream, piece.payload)) {
    if (stream.bad())
      throw Stop{Exit::no_input, fmt::format("{}: cannot be read to its end", plan_.files.front().string())};
    return std::nullopt;
  }
  piece.suffix = std::to_string(++at_);
  piece.label = fmt::format("{}:{}", plan_.files.front().string(), at_);
  if (piece.payload.ends_with('\r')) piece.payload.pop_back();
  if (piece.payload.size() > plan_.bytes_max)
    throw Stop{Exit::bad_data, too_large(piece.label, piece.payload.size(), plan_.bytes_max)};
  return piece;
}

}  // namespace cadre::ctl
