// The engine that tells the truth: writes its own lines, synced, independent of worker and broker.
//   witness FILE      appends "start JOB ATTEMPT PID" and "end JOB ATTEMPT PID"; sleeps as long as the parameter "ms"
//                     says in between; prints the payload and the attempt.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace {

std::string read_file(const char* path) {
  std::string text;
  if (FILE* file = std::fopen(path, "r")) {
    char buffer[4096];
    for (std::size_t size = 0; (size = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, size);
    std::fclose(file);
  }
  return text;
}

void tell(int fd, const char* what) {
  const std::string line = std::string(what) + " " + std::getenv("CADRE_JOB_ID") + " " + std::getenv("CADRE_JOB_ATTEMPT") + " " + std::to_string(getpid()) + "\n";
  if (write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || fdatasync(fd) != 0) std::exit(74);
}

}  // namespace

int main(int, char** argv) {
  const int fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return 74;
  tell(fd, "start");
  const std::string params = read_file(std::getenv("CADRE_JOB_PARAMS"));
  const char* ms = std::strstr(params.c_str(), "\"ms\":");
  const long wait = ms == nullptr ? 0 : std::strtol(ms + 5, nullptr, 10);
  timespec nap{wait / 1000, wait % 1000 * 1'000'000};
  nanosleep(&nap, nullptr);
  tell(fd, "end");
  const std::string payload = read_file(std::getenv("CADRE_JOB_INPUT"));
  std::printf("%s by %s/%s", payload.c_str(), std::getenv("CADRE_JOB_ID"), std::getenv("CADRE_JOB_ATTEMPT"));
  return 0;
}
