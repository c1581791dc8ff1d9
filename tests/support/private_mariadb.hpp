// A MariaDB server of the test's own (common/database/private_server.hpp), copied from a template in the build
// directory, so that each takes a tenth of a second.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/database/private_server.hpp"

namespace cadre::test {

class PrivateMariadb : public db::PrivateServer {
 public:
  // Options as mariadbd takes them, "--max-allowed-packet=1M"; they win over ours.
  // `place`: where its directory is made; empty: $TMPDIR or /tmp.
  explicit PrivateMariadb(std::vector<std::string> extra_options = {}, std::filesystem::path place = {});
  // Also reachable at 127.0.0.1, tcp_port().
  static PrivateMariadb with_tcp(std::vector<std::string> extra_options = {});

 private:
  PrivateMariadb(std::vector<std::string> extra_options, bool tcp, std::filesystem::path place);
};

}  // namespace cadre::test
