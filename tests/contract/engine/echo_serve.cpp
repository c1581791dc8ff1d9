// A serve engine in C++: gives each payload back. For the contract tests and for the benchmark, where its own cost
// must be small. Reads the header lines by hand: the worker writes "bytes" last, and "id" second (a real engine uses a
// JSON library and relies on neither).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

// The text of the value that follows "key": in a flat header line.
std::string value_of(const std::string& line, const std::string& key) {
  const std::size_t at = line.rfind("\"" + key + "\":");
  if (at == std::string::npos) return {};
  std::size_t begin = at + key.size() + 3;
  if (line[begin] == '"') return line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
  return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

bool read_line(std::string& line) {
  line.clear();
  for (int c = ::getchar_unlocked(); c != EOF; c = ::getchar_unlocked()) {
    if (c == '\n') return true;
    line += static_cast<char>(c);
  }
  return false;
}

}  // namespace

int main() {
  std::string line, payload;
  while (read_line(line)) {
    const std::string type = line.substr(6, line.find('"', 6) - 6);  // {"t":"job",...
    if (type == "hello") std::fputs("{\"t\":\"ready\",\"v\":1}\n", stdout);
    if (type == "ping") std::fputs("{\"t\":\"pong\"}\n", stdout);
    if (type == "bye") return 0;
    if (type == "job") {
      payload.resize(std::strtoull(value_of(line, "bytes").c_str(), nullptr, 10));
      if (std::fread(payload.data(), 1, payload.size(), stdin) != payload.size()) return 1;
      const std::size_t id = line.find("\"id\":\"") + 6;
      std::printf("{\"t\":\"done\",\"id\":\"%s\",\"bytes\":%zu}\n", line.substr(id, line.find('"', id) - id).c_str(),
                  payload.size());
      std::fwrite(payload.data(), 1, payload.size(), stdout);
    }
    std::fflush(stdout);
  }
  return 0;
}
