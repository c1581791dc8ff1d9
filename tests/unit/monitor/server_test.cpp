// The server of the pages, over real sockets: it answers, lets nobody keep a place, and survives a port that is taken.
#include "common/monitor/server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "common/os/child.hpp"
#include "common/os/clock.hpp"
#include "tests/support/http.hpp"

namespace cadre::monitor {
namespace {

using test::get;
using test::Wire;

class PagesServer : public testing::Test {
 protected:
  void SetUp() override {
    const auto port = os::free_port();
    ASSERT_TRUE(port) << port.error();
    port_ = *port;
  }
  std::unique_ptr<Server> server(const std::string& address = "127.0.0.1") {
    auto made = std::make_unique<Server>(
        Server::Settings{address, port_, "monitor.test_port", 500ms, 100ms}, [](const Request& request) {
          return Reply{200, "text/plain", std::string(request.path) + (request.verbose ? " verbose" : "")};
        });
    return made;
  }
  // Looks again and again: a server has no descriptor for it.
  template <class Holds>
  static bool eventually(Duration patience, Holds holds) {
    for (const Instant until = os::boot_now() + patience; !holds() && os::boot_now() < until;)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return holds();
  }
  static bool serves(const Server& server, Duration patience = 5s) {
    return eventually(patience, [&] { return server.trouble().empty(); });
  }
  std::uint16_t port_ = 0;
};

TEST_F(PagesServer, AreAnsweredAndTheConnectionIsClosed) {
  const auto up = server();
  ASSERT_TRUE(serves(*up)) << up->trouble();
  const auto page = get(port_, "/readyz?verbose");
  EXPECT_EQ(page.code, 200);
  EXPECT_EQ(page.body, "/readyz verbose");
  EXPECT_NE(page.head.find("Connection: close"), std::string::npos) << page.head;
  EXPECT_EQ(get(port_, "/readyz?verbose=1&x=y").body, "/readyz verbose");
  EXPECT_EQ(get(port_, "/readyz").body, "/readyz");
  EXPECT_EQ(get(port_, "/readyz", 5s, "HEAD").body, "") << "HEAD has no body";
}

TEST_F(PagesServer, AreServedAtAnIpv6AddressToo) {
  const auto up = server("::1");
  if (!Wire(port_, "::1").connected() && !serves(*up, 1s))
    GTEST_SKIP() << "there is no IPv6 loopback here: " << up->trouble();
  ASSERT_TRUE(serves(*up)) << up->trouble();
  Wire wire(port_, "::1");
  ASSERT_TRUE(wire.connected());
  ASSERT_TRUE(wire.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(wire.rest(5s).value_or("").ends_with("/x"));
}

TEST_F(PagesServer, WaitForAPortThatIsTakenAndSayWhatToDo) {
  auto first = server();
  ASSERT_TRUE(serves(*first));
  const auto second = server();
  eventually(5s, [&] { return second->trouble() != "it is starting"; });
  EXPECT_NE(second->trouble().find("Address already in use; give monitor.test_port another port"), std::string::npos)
      << second->trouble();
  first.reset();
  EXPECT_TRUE(serves(*second)) << "it takes the port as soon as it is free: " << second->trouble();
  EXPECT_EQ(get(port_, "/later").body, "/later");
}

TEST_F(PagesServer, RefuseARequestLineWithoutEnd) {
  const auto up = server();
  ASSERT_TRUE(serves(*up));
  Wire wire(port_);
  wire.send("GET /" + std::string(1u << 20, 'a'));
  EXPECT_TRUE(wire.rest(5s)) << "it hangs up";
  EXPECT_EQ(get(port_, "/next").body, "/next");
}

TEST_F(PagesServer, LetNobodyKeepAPlaceByBeingSlow) {
  const auto up = server();
  ASSERT_TRUE(serves(*up));
  // More than there are places, each of them dripping headers.
  std::vector<Wire> slow;
  for (unsigned i = 0; i < Server::connections_max + 16; ++i) slow.emplace_back(port_);
  for (auto& wire : slow) wire.send("GET / HTTP/1.1\r\nX: ");
  const Instant began = os::boot_now();
  const auto page = get(port_, "/patient", 10s);
  EXPECT_EQ(page.body, "/patient") << "its turn comes when the slow ones are cut";
  EXPECT_LT(os::boot_now() - began, 5s);
  EXPECT_TRUE(slow.front().rest(5s)) << "it was cut";
}

TEST_F(PagesServer, LeaveNothingOpenInProgramsThatAreStarted) {
  const auto open_now = [] {
    std::set<int> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      if (const int fd = std::stoi(entry.path().filename()); ::fcntl(fd, F_GETFD) >= 0) all.insert(fd);
    return all;
  };
  const auto before = open_now();
  const auto up = server();
  ASSERT_TRUE(serves(*up));
  Wire half(port_);
  ASSERT_TRUE(half.send("GET /"));
  ASSERT_EQ(get(port_, "/x").body, "/x") << "so the half one has been accepted, too";
  int found = 0;
  for (const int fd : open_now()) {
    if (before.contains(fd)) continue;
    ++found;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << "an engine would have descriptor " << fd;
  }
  EXPECT_GE(found, 4) << "the listener, the epoll, the bell, the connection";
}

TEST_F(PagesServer, EndAtOnceWhoeverIsConnected) {
  auto up = server();
  ASSERT_TRUE(serves(*up));
  Wire idle(port_);
  ASSERT_TRUE(idle.connected());
  const Instant began = os::boot_now();
  up.reset();
  EXPECT_LT(os::boot_now() - began, 2s);
  EXPECT_FALSE(Wire(port_).connected()) << "nobody listens any more";
}

}  // namespace
}  // namespace cadre::monitor
