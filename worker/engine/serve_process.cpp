#include "worker/engine/serve_process.hpp"

#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "common/base/assert.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t read_bytes = 64u << 10;
constexpr std::size_t chunks_per_write = 8;
constexpr int log_reads_max = 4;
constexpr std::size_t buffer_kept = 1u << 20;  // what an idle process may keep of a large result's room

}  // namespace

void ServeProcess::say(Parts& parts, std::string line, BodyPtr body) {
  if (!in) return;
  to_write.push_back({std::move(line), nullptr});
  if (body && !body->payload.empty()) to_write.push_back({{}, std::move(body)});
  flush(parts);
}

void ServeProcess::flush(Parts& parts) {
  while (in && !to_write.empty()) {
    std::array<iovec, chunks_per_write> pieces;
    std::size_t count = 0;
    for (auto chunk = to_write.begin(); chunk != to_write.end() && count < pieces.size(); ++chunk) {
      std::string_view bytes = chunk->bytes();
      if (count == 0) bytes.remove_prefix(written);
      pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    const ssize_t wrote = ::writev(in.get(), pieces.data(), static_cast<int>(count));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) {
      if (!waiting_for_room) parts.watch(in.get(), Source::serve_in, serial, EPOLLOUT);
      waiting_for_room = true;
      return;
    }
    if (wrote < 0) {  // it reads no more: its end says why, and comes by the pidfd
      in.close();
      to_write.clear();
      return;
    }
    std::size_t left = static_cast<std::size_t>(wrote);
    while (!to_write.empty() && left >= to_write.front().bytes().size() - written) {
      left -= to_write.front().bytes().size() - written;
      written = 0;
      to_write.pop_front();
    }
    written += left;
  }
  if (waiting_for_room && in) parts.unwatch(in.get());
  waiting_for_room = false;
  if (bye_said) in.close();
}

ServeProcess::Read ServeProcess::read_some() {
  if (!out) return Read::ended;
  const std::size_t have = buffer.size();
  buffer.resize(have + read_bytes);
  ssize_t got = -1;
  do {
    got = ::read(out.get(), buffer.data() + have, read_bytes);
  } while (got < 0 && errno == EINTR);
  buffer.resize(have + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got > 0) return static_cast<std::size_t>(got) == read_bytes ? Read::more : Read::dry;
  return got < 0 && errno == EAGAIN ? Read::dry : Read::ended;
}

bool ServeProcess::read_log() {
  char bytes[read_bytes];
  bool any = false;
  for (int left = log_reads_max; left > 0 && err; --left) {
    const ssize_t got = ::read(err.get(), bytes, sizeof bytes);
    if (got < 0) return any;
    if (got == 0) {
      err.close();
      return any;
    }
    any = true;
    log.feed({bytes, static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < sizeof bytes) return any;
  }
  return any;
}

void ServeProcess::consume(std::size_t bytes) {
  understood += bytes;
  CADRE_ASSERT(understood <= buffer.size());
  if (understood < buffer.size()) {
    // Moved rarely, and never more than was understood: an engine that always has half a line more must not fill us.
    if (understood < read_bytes || understood < buffer.size() / 2) return;
    buffer.erase(0, understood);
    understood = 0;
    return;
  }
  buffer.clear();
  understood = 0;
  if (buffer.capacity() > buffer_kept) buffer = {};
}

Output ServeProcess::take_files() {
  CADRE_ASSERT(announced.has_value());
  CADRE_ASSERT(unread().size() >= announced->bytes);
  Output output;
  std::size_t at = 0;
  for (AnnouncedFile& file : announced->files) {
    output.push_back({std::move(file.name), Bytes{unread().substr(at, file.bytes)}});
    at += file.bytes;
  }
  announced.reset();
  consume(at);
  return output;
}

void tidy(const ServeProcess& process) {
  if (is_empty(process.directory.fd())) return;
  empty_directory(process.directory.fd());
}

}  // namespace cadre::engine
