// cadre support-bundle: one file for somebody who is to help: what the doctor finds, what holds, what the cluster says of itself,
// what was logged. No job's payload or result, no key and no password.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "broker/ctl/backup_file.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/support_parts.hpp"
#include "broker/ctl/temporary_directory.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path file;
  Duration since = 24h;
  std::vector<std::string> logs;
};

// A new file (0600) with the directory's files in it.
std::uint64_t pack(const TemporaryDirectory& directory, const fs::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw Stop{Exit::no_output, fmt::format("{}: {}: a new file was wanted", file.string(), std::strerror(errno))};
  const File out(::fdopen(fd, "w"), std::fclose);
  std::uint64_t bytes = 0;
  read_command(fmt::format("tar --create --gzip --owner=0 --group=0 --directory {} cadre-support", directory.path()), "tar", [&](std::string_view piece) {
    bytes += piece.size();
    if (std::fwrite(piece.data(), 1, piece.size(), out.get()) != piece.size()) throw Stop{Exit::no_output, fmt::format("{}: {}", file.string(), std::strerror(errno))};
  });
  if (std::fflush(out.get()) != 0) throw Stop{Exit::no_output, fmt::format("{}: {}", file.string(), std::strerror(errno))};
  return bytes;
}

Exit run(Context& context, const Options& o) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(o.file, error))) throw Stop{Exit::no_output, fmt::format("{} is there already; a new file was wanted", o.file.string())};
  auto parts = support_parts(context, o.since, o.logs);
  const std::size_t secrets = take_secrets_out(context, parts);
  const TemporaryDirectory directory(fs::temp_directory_path().string(), "cadre-support");
  const fs::path home = fs::path(directory.path()) / "cadre-support";
  fs::create_directory(home);
  Json list = Json::array();
  std::string contents = fmt::format("cadre {}\n", CADRE_VERSION);
  for (const auto& part : parts) {
    contents += fmt::format("{:<24} {}\n", part.name, part.why_not.empty() ? bytes_for_people(part.text.size()) : "not to be had: " + part.why_not);
    list.push_back({{"part", part.name}, {"bytes", part.text.size()}, {"why_not", part.why_not}});
    if (part.why_not.empty()) std::ofstream(home / part.name, std::ios::binary) << part.text;
  }
  std::ofstream(home / "contents.txt") << contents;
  const std::uint64_t bytes = pack(directory, o.file);
  say(fmt::format("{}: {}. It names hosts, nodes, engines and queues; look it through before you give it away\n{}{}", o.file.string(), bytes_for_people(bytes),
                  printable(contents), secrets > 0 ? fmt::format("note: a key or a password stood in it {} times, and was taken out: look at who writes it there", secrets) : ""));
  if (context.json()) print_json({{"file", o.file.string()}, {"bytes", bytes}, {"parts", list}, {"secrets_taken_out", secrets}});
  return Exit::ok;
}

}  // namespace

Command commands::support_bundle() {
  return {"support-bundle", "One file for who is to help: findings, settings, states and logs; no secrets, no payloads", "sudo cadre support-bundle ./support.tar.gz",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("FILE", o->file, "a new file, .tar.gz").required();
            args.add_duration("--since", o->since, "how old what systemd's journal has may be (24h)");
            args.add_repeated("--log", o->logs, "a log that is to be in it too").type_name("FILE").existing_file();
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
