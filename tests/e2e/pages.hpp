// Reading the pages of real daemons, as Prometheus and people do.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>

#include "tests/e2e/daily.hpp"
#include "tests/support/http.hpp"

namespace cadre::test {

inline std::uint16_t fresh_port() {
  const auto port = os::free_port();
  if (!port) throw std::runtime_error(port.error());
  return *port;
}

// The value of one sample, "cadre_jobs{queue=\"q\",state=\"ready\"}"; nothing where the page has none.
inline std::optional<double> sample(const std::string& page, const std::string& name) {
  const auto at = ("\n" + page).find("\n" + name + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::stod(page.substr(at + name.size() + 1));
}

// Until the page says so: numbers are published twice a second.
inline testing::AssertionResult shows(std::uint16_t port, const std::string& name, double value,
                                      Duration patience = 10s) {
  std::string body;
  const bool so = eventually(patience, [&] {
    body = get(port, "/metrics").body;
    return sample(body, name) == value;
  });
  if (so) return testing::AssertionSuccess();
  return testing::AssertionFailure() << name << " is not " << value << " in:\n" << body;
}

// Until the page has the line, or one that begins so.
inline testing::AssertionResult says(std::uint16_t port, int code, const std::string& line, Duration patience = 20s) {
  Page page;
  const bool so = eventually(patience, [&] {
    page = get(port, "/readyz?verbose");
    return page.code == code && ("\n" + page.body).find("\n" + line) != std::string::npos;
  });
  if (so) return testing::AssertionSuccess();
  return testing::AssertionFailure() << code << " '" << line << "' was wanted, found " << page.code << ":\n"
                                     << page.body;
}

// What promtool has to say against a page; empty: nothing. Nothing at all where there is no promtool.
inline std::optional<std::string> promtool(const Cluster& cluster, const std::string& page) {
  const std::string tool = CADRE_PROMTOOL;
  if (!std::filesystem::exists(tool)) return std::nullopt;
  const auto file = cluster.directory() / "page.txt";
  std::ofstream(file) << page;
  const Ran ran = run(tool + " check metrics <" + file.string() + " 2>&1");
  return ran.code == 0 && ran.out.empty() ? "" : fmt::format("exit {}:\n{}", ran.code, ran.out);
}

}  // namespace cadre::test
