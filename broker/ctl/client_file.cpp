#include "broker/ctl/client_file.hpp"

#include <fmt/format.h>

#include "broker/ctl/stop.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

std::string quoted_value(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

std::string lines_of(const db::Settings& settings) {
  std::string lines = fmt::format("[client]\nuser={}\n", quoted_value(settings.user));
  if (!settings.password.empty()) lines += fmt::format("password={}\n", quoted_value(settings.password));
  if (!settings.socket.empty()) return lines + fmt::format("socket={}", quoted_value(settings.socket));
  lines += fmt::format("protocol=tcp\nhost={}\nport={}", quoted_value(settings.host), settings.port);
  if (!settings.tls_ca_file.empty()) lines += fmt::format("\nssl-ca={}\nssl-verify-server-cert", quoted_value(settings.tls_ca_file));
  return lines;
}

}  // namespace

ClientFile::ClientFile(const db::Settings& settings) : directory_("/tmp", "cadre-client") {
  if (auto written = os::write_secret(path(), lines_of(settings)); !written) throw Stop{Exit::no_output, written.error()};
}

}  // namespace cadre::ctl
