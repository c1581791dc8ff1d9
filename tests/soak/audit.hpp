// The database's own account of what happened: a table in a schema beside Cadre's, filled by triggers that only soaks have.
// They run with the rights of who made them, so the accounts of the cluster have none on it and cannot mend it.
#pragma once

#include "tests/e2e/cluster.hpp"
#include "tests/soak/history.hpp"

namespace cadre::soak {

void install_audit(test::Cluster& cluster);

// Once all is over: the audit's rows and what is there, into the directory of the history. Throws std::runtime_error.
void write_down_database(test::Cluster& cluster, const std::filesystem::path& directory);

}  // namespace cadre::soak
