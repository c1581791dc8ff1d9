// What is in a backup: files of the master, what is known about the cluster, and MariaDB's own dump of the database, one part
// after the other in a sealed file. A part begins with a piece 'P' and its name and facts as JSON; pieces 'D' are its bytes.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "broker/ctl/sealed_file.hpp"

namespace cadre::ctl {

using Json = nlohmann::json;

class BackupWriter {
 public:
  BackupWriter(const std::filesystem::path& file, const std::string& passphrase) : sealed_(file, passphrase) {}
  void part(const Json& facts);  // {"part": NAME, ...}
  void data(std::string_view bytes);
  void finish() { sealed_.finish(); }
  std::uint64_t size() const { return sealed_.size(); }

 private:
  SealedWriter sealed_;
};

// Reads the whole file: `part` is called at the beginning of each part and tells who takes its bytes, or nobody. All of it is
// known to be whole only when this returns. Stop as SealedReader.
using Sink = std::function<void(std::string_view)>;
void read_backup(const std::filesystem::path& file, const std::string& passphrase, const std::function<Sink(const Json& facts)>& part);

// The passphrase from a file (0600), or "-": the first line of standard input. Stop where it is shorter than 12 bytes.
std::string passphrase_from(const std::string& where);

// A command of the shell, its standard output or input. Both Stop, and name `what`, where it does not end with 0.
void read_command(const std::string& command, const std::string& what, const Sink& sink);

class CommandInput {
 public:
  CommandInput(const std::string& command, std::string what);
  ~CommandInput();
  CommandInput(const CommandInput&) = delete;
  CommandInput& operator=(const CommandInput&) = delete;
  void write(std::string_view bytes);
  void finish();

 private:
  [[noreturn]] void fail();
  std::string what_;
  std::FILE* pipe_;
};

}  // namespace cadre::ctl
