// ZeroMQ says "Invalid argument" to a bad endpoint; we say what was wanted, before any socket exists.
#include "common/base/loopback.hpp"
#include "common/config/endpoint.hpp"

#include <gtest/gtest.h>

namespace cadre {
namespace {

std::string told(std::string_view text, EndpointUse use = EndpointUse::connect) {
  const auto checked = check_endpoint(text, use, "/etc/cadre");
  return checked ? "ok " + *checked : checked.error();
}

TEST(Endpoint, IsTcpOrIpc) {
  EXPECT_EQ(told("tcp://127.0.0.1:7171"), "ok tcp://127.0.0.1:7171");
  EXPECT_EQ(told("tcp://master.example:1"), "ok tcp://master.example:1");
  EXPECT_EQ(told("tcp://[fe80::1%eth0]:65535"), "ok tcp://[fe80::1%eth0]:65535");
  EXPECT_EQ(told("ipc:///run/cadre/broker.sock"), "ok ipc:///run/cadre/broker.sock");
  EXPECT_EQ(told("ipc://broker.sock"), "ok ipc:///etc/cadre/broker.sock") << "relative to the file's directory";
  EXPECT_EQ(told("udp://x:1"), "wanted tcp://ADDRESS:PORT or ipc://PATH, found \"udp://x:1\"");
  EXPECT_EQ(told("127.0.0.1:7171"), "wanted tcp://ADDRESS:PORT or ipc://PATH, found \"127.0.0.1:7171\"");
}

TEST(Endpoint, HasAPortThatExists) {
  EXPECT_EQ(told("tcp://host"), "wanted tcp://ADDRESS:PORT with a port, found \"tcp://host\"");
  for (const std::string port : {"", "0", "65536", "07171", "-1", "*", "71x", "99999999999999999999"}) {
    EXPECT_EQ(told("tcp://host:" + port),
              "wanted tcp://ADDRESS:PORT with a port from 1 to 65535, found \"tcp://host:" + port + "\"");
  }
}

TEST(Endpoint, HasAHostThatCanBeOne) {
  for (const std::string host : {"", "a b", "fe80::1", "[]", "user@host", "[x y]"}) {
    EXPECT_EQ(told("tcp://" + host + ":1"),
              "wanted tcp://ADDRESS:PORT (an IPv6 address in brackets), found \"tcp://" + host + ":1\"");
  }
}

// "Everywhere" is a place to listen at, but nothing to connect to.
TEST(Endpoint, EverywhereIsForListening) {
  for (const std::string text : {"tcp://*:1", "tcp://0.0.0.0:1", "tcp://[::]:1"}) {
    EXPECT_EQ(told(text, EndpointUse::listen), "ok " + text);
    EXPECT_EQ(told(text),
              "wanted the one address at which the broker is reached (tcp://ADDRESS:PORT), found \"" + text + "\"");
  }
}

TEST(Endpoint, IpcPathsFitIntoASocketAddress) {
  EXPECT_EQ(told("ipc://"), "wanted ipc://PATH with the path of a socket file, found \"ipc://\"");
  EXPECT_EQ(told("ipc://@abstract"), "wanted ipc://PATH with the path of a socket file, found \"ipc://@abstract\"");
  const std::string longest = "/" + std::string(106, 'x');
  EXPECT_EQ(told("ipc://" + longest), "ok ipc://" + longest);
  EXPECT_EQ(told("ipc://" + longest + "x"),
            "wanted an ipc path of at most 107 bytes, found 108 bytes (\"" + longest + "x\")");
}

TEST(Loopback, IsOneMachineAlone) {
  for (const char* here : {"127.0.0.1", "127.255.0.9", "::1"}) EXPECT_EQ(is_loopback(here), true) << here;
  for (const char* anywhere : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "fe80::1", "::ffff:127.0.0.1"}) EXPECT_EQ(is_loopback(anywhere), false) << anywhere;
  for (const char* nothing : {"", "localhost", "127.0.0.1:80", "127.1", "*"}) EXPECT_EQ(is_loopback(nothing), std::nullopt) << nothing;
}

}  // namespace
}  // namespace cadre
