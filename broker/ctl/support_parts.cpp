#include "broker/ctl/support_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "broker/ctl/backup_file.hpp"
#include "broker/ctl/config_settings.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/doctor.hpp"
#include "broker/ctl/members_key.hpp"
#include "broker/ctl/rewrite.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_bytes_min = 8;  // shorter ones would be found everywhere

SupportPart part(const std::string& name, const std::function<std::string()>& text) {
  try {
    return {name, text(), ""};
  } catch (const Stop& stop) {
    return {name, "", stop.message};
  }
}

std::string said_by(const std::string& command) {
  std::string text;
  read_command(command, command, [&text](std::string_view bytes) { text += bytes; });
  return text;
}

std::string end_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) throw Stop{Exit::no_input, fmt::format("{} cannot be read: {}", file.string(), std::strerror(errno))};
  const auto bytes = static_cast<std::size_t>(in.tellg());
  std::string text(std::min(bytes, log_bytes_max), '\0');
  in.seekg(static_cast<std::streamoff>(bytes - text.size()));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string answer_of(Context& context, const std::string& question) { return context.ask(question).dump(2) + "\n"; }

void add_broker(Context& context, std::vector<SupportPart>& parts) {
  parts.push_back(part("broker.txt", [&] { return fmt::format("{} lets us in\n", context.client().welcome().software); }));
  if (!parts.back().why_not.empty()) return;
  for (const char* question : {"status", "node.list", "engine.list", "cleanup.status", "cleanup.forecast", "lease.list"})
    parts.push_back(part(fmt::format("{}.json", question), [&] { return answer_of(context, question); }));
}

void add_machine(std::vector<SupportPart>& parts) {
  parts.push_back(part("machine.txt", [] {
    return said_by("date -u; uname -srm; head -4 /etc/os-release; uptime; free -m; df -hT -x tmpfs -x devtmpfs; nproc");
  }));
  parts.push_back(part("packages.txt", [] {
    return said_by("dpkg-query --show 'cadre*' 'mariadb*' libzmq5 libsodium23 libmariadb3 libyaml-cpp0.7 libseccomp2 2>/dev/null || true");
  }));
}

void add_logs(Context& context, Duration since, const std::vector<std::string>& logs, std::vector<SupportPart>& parts) {
  std::error_code error;
  std::set<fs::path> files(logs.begin(), logs.end());
  const std::size_t before = parts.size();
  const fs::path beside = fs::absolute(context.globals().config, error).parent_path();
  for (const char* daemon : {"cadre-broker", "cadre-worker", "cadre-mariadb"}) {
    if (fs::exists("/run/systemd/system", error))
      parts.push_back(part(fmt::format("{}.journal", daemon), [&] {
        return said_by(fmt::format("journalctl --unit {} --since -{}s --output short-iso-precise --no-pager --quiet | tail -c {}", daemon,
                                   std::chrono::ceil<std::chrono::seconds>(since).count(), log_bytes_max));
      }));
    files.insert(beside / fmt::format("{}.log", daemon));  // of one that runs without systemd
  }
  try {
    if (const auto& file = context.config().log.file; !file.empty()) files.insert(file);
  } catch (const Stop&) {
    // Its faults are the doctor's.
  }
  for (const auto& file : files)
    if (fs::is_regular_file(file, error)) parts.push_back(part(file.filename().string(), [&] { return end_of(file); }));
  if (parts.size() == before)
    parts.push_back({"logs", "", fmt::format("systemd does not run here, log.file names none, and none lies in {}: give --log FILE", beside.string())});
}

std::vector<fs::path> secret_files(const NodeConfig& config) {
  return {config.database.password_file, owner_password_file(config.database), config.purge.password_file, config.broker.secret_key_file,
          config.worker.key_file, config.tool.key_file, members_key_file(config)};
}

std::size_t replace_all(std::string& text, const std::string& secret) {
  constexpr std::string_view instead = "(secret)";
  std::size_t found = 0;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + instead.size()), ++found) text.replace(at, secret.size(), instead);
  return found;
}

}  // namespace

std::vector<SupportPart> support_parts(Context& context, Duration since, const std::vector<std::string>& logs) {
  std::vector<SupportPart> parts;
  parts.push_back(part("doctor.json", [&] { return json_of(examine(context)).dump(2) + "\n"; }));
  parts.push_back(part("settings.txt", [&] {
    std::string text;
    for (const auto& one : settings_of(text_of(context.globals().config), context.config().role))
      text += fmt::format("{} = {}{}\n", one.key, one.value, one.line > 0 ? fmt::format("  (line {})", one.line) : "");
    return text;
  }));
  add_broker(context, parts);
  add_machine(parts);
  add_logs(context, since, logs, parts);
  return parts;
}

std::size_t take_secrets_out(Context& context, std::vector<SupportPart>& parts) {
  std::size_t found = 0;
  std::vector<fs::path> files;
  try {
    files = secret_files(context.config());
  } catch (const Stop&) {
    return 0;  // without a file of its own the node has no secrets that are known
  }
  for (const auto& file : files) {
    std::error_code error;
    if (file.empty() || !fs::is_regular_file(file, error)) continue;
    const SupportPart secret = part("", [&] { return text_of(file); });
    std::string text = secret.text.substr(0, secret.text.find('\n'));
    if (text.size() < secret_bytes_min) continue;
    for (auto& one : parts) found += replace_all(one.text, text) + replace_all(one.why_not, text);
  }
  return found;
}

}  // namespace cadre::ctl
