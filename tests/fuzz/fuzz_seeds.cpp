// fuzz_seeds DIRECTORY: a few messages of every kind, as fuzz_decode reads them.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/protocol/codec.hpp"
#include "tests/unit/protocol/arbitrary_message.hpp"

int main(int argc, char** argv) {
  using namespace cadre;
  if (argc != 2) return std::fprintf(stderr, "usage: fuzz_seeds DIRECTORY\n"), 64;
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  for (std::size_t type = 0; type < std::variant_size_v<Message>; ++type) {
    int kept = 0;
    for (std::uint64_t seed = 0; kept < 4 && seed < 1000; ++seed) {
      const Message message = arbitrary_message(type, seed);
      const Frames frames = encode(message);
      if (frames.header.size() + frames.payload.size() > 1500) continue;  // small seeds find more
      ++kept;
      std::ofstream out(directory / (std::string(name_of(message)) + "." + std::to_string(seed)), std::ios::binary);
      out.put(static_cast<char>(frames.header.size() & 0xff)).put(static_cast<char>(frames.header.size() >> 8));
      out << frames.header << frames.payload;
      if (!out) return std::fprintf(stderr, "fuzz_seeds: %s cannot be written\n", directory.c_str()), 73;
    }
  }
  return 0;
}
