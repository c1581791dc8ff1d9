#include "tests/support/private_mariadb.hpp"

namespace cadre::test {

PrivateMariadb::PrivateMariadb(std::vector<std::string> extra_options, std::filesystem::path place)
    : PrivateMariadb(std::move(extra_options), false, std::move(place)) {}

PrivateMariadb::PrivateMariadb(std::vector<std::string> extra_options, bool tcp, std::filesystem::path place)
    : PrivateServer({std::move(extra_options), tcp, std::filesystem::path(CADRE_BINARY_DIR) / "mariadb-template", std::move(place)}) {}

PrivateMariadb PrivateMariadb::with_tcp(std::vector<std::string> extra_options) { return {std::move(extra_options), true, {}}; }

}  // namespace cadre::test
