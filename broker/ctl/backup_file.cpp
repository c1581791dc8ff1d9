#include "broker/ctl/backup_file.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <utility>

#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t passphrase_bytes_min = 12;

std::string words_of_end(int status) {
  if (WIFEXITED(status)) return fmt::format("exit code {}", WEXITSTATUS(status));
  return fmt::format("signal {}", WTERMSIG(status));
}

// Pipelines fail where one of their commands does.
std::string in_bash(const std::string& command) { return fmt::format("exec bash -o pipefail -c '{}'", command); }

}  // namespace

void BackupWriter::part(const Json& facts) { sealed_.piece("P" + facts.dump()); }

void BackupWriter::data(std::string_view bytes) {
  std::string piece;
  while (!bytes.empty()) {
    const auto some = bytes.substr(0, piece_bytes_max - 1);
    piece.assign("D").append(some);
    sealed_.piece(piece);
    bytes.remove_prefix(some.size());
  }
}

void read_backup(const std::filesystem::path& file, const std::string& passphrase, const std::function<Sink(const Json& facts)>& part) {
  SealedReader sealed(file, passphrase);
  std::string piece;
  Sink sink;
  while (sealed.piece(piece)) {
    if (piece.starts_with('D')) {
      if (sink) sink(std::string_view(piece).substr(1));
      continue;
    }
    const Json facts = piece.starts_with('P') ? Json::parse(piece.begin() + 1, piece.end(), nullptr, false) : Json();
    if (!facts.is_object()) throw Stop{Exit::bad_data, fmt::format("{}: has a part that this release does not know", file.string())};
    sink = part(facts);
  }
}

std::string passphrase_from(const std::string& where) {
  std::string phrase;
  if (where == "-") {
    std::getline(std::cin, phrase);
  } else {
    auto read = os::read_secret(where);
    if (!read) throw Stop{Exit::no_input, "--passphrase-file: " + read.error()};
    phrase = *read;
  }
  if (phrase.size() < passphrase_bytes_min)
    throw Stop{Exit::usage, fmt::format("a passphrase of at least {} bytes was wanted, this has {}: who gets at the backup can try as long as they like", passphrase_bytes_min, phrase.size())};
  return phrase;
}

void read_command(const std::string& command, const std::string& what, const Sink& sink) {
  std::FILE* pipe = ::popen(in_bash(command).c_str(), "re");
  if (pipe == nullptr) throw Stop{Exit::no_input, fmt::format("{} cannot be started: {}", what, std::strerror(errno))};
  std::string buffer(piece_bytes_max, '\0');
  try {
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) sink(std::string_view(buffer).substr(0, got));
  } catch (...) {
    ::pclose(pipe);  // it ends with its pipe
    throw;
  }
  if (const int status = ::pclose(pipe); status != 0) throw Stop{Exit::no_input, fmt::format("{} has failed ({}); what it said is above", what, words_of_end(status))};
}

CommandInput::CommandInput(const std::string& command, std::string what) : what_(std::move(what)), pipe_(::popen(in_bash(command).c_str(), "we")) {
  std::signal(SIGPIPE, SIG_IGN);  // a command that ends early is told by write()
  if (pipe_ == nullptr) throw Stop{Exit::no_output, fmt::format("{} cannot be started: {}", what_, std::strerror(errno))};
}

CommandInput::~CommandInput() {
  if (pipe_ != nullptr) ::pclose(pipe_);
}

void CommandInput::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), pipe_) != bytes.size()) fail();
}

void CommandInput::finish() {
  if (std::fflush(pipe_) != 0) fail();
  const int status = ::pclose(std::exchange(pipe_, nullptr));
  if (status != 0) throw Stop{Exit::bad_data, fmt::format("{} has failed ({}); what it said is above", what_, words_of_end(status))};
}

void CommandInput::fail() {
  const int status = ::pclose(std::exchange(pipe_, nullptr));
  throw Stop{Exit::bad_data, fmt::format("{} has ended early ({}); what it said is above", what_, words_of_end(status))};
}

}  // namespace cadre::ctl
