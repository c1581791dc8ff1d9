// Somebody else who listens where a server is to listen, on the machine where the calling thread is; gone with what is
// returned.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "tests/e2e/island.hpp"

namespace cadre::test {

inline Held taken_port(const std::string& address, std::uint16_t port) {
  Held taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, address.c_str(), &there.sin_addr), 1);
  EXPECT_EQ(::bind(taken.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
  EXPECT_EQ(::listen(taken.get(), 1), 0);
  return taken;
}

}  // namespace cadre::test
