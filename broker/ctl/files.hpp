// The tool's files: payloads in, results out. Trouble ends the command (Stop).
#pragma once

#include <filesystem>

#include "common/protocol/message.hpp"

namespace cadre::ctl {

// "-" is standard input. A payload over the limit is refused with the way out, before it is read.
Bytes read_payload(const std::filesystem::path& file, std::uint64_t bytes_max);
// A small text of a person: parameters.
std::string read_text(const std::filesystem::path& file);
// Regular files only: what is missing is said before anything is done.
void check_input(const std::filesystem::path& file);

std::string too_large(const std::string& what, std::uint64_t bytes, std::uint64_t bytes_max);

// Makes the directory. Each file appears whole or not at all.
void write_results(const Output& output, const std::filesystem::path& directory);
// One file to standard output. A terminal gets text only.
void show_result(const ResultFile& file, const std::string& hint);

}  // namespace cadre::ctl
