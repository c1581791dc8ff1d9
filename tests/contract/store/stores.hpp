// The stores that keep one contract, and everything a test needs to ask both the same things.
#pragma once

#include <memory>

#include "broker/store/mariadb_store.hpp"
#include "broker/store/memory_store.hpp"
#include "tests/support/private_mariadb.hpp"

namespace cadre::test {

// One server for the whole binary; a schema of its own for each store.
PrivateMariadb& server();
db::Settings fresh_schema();

struct Both {
  std::shared_ptr<MemoryTables> tables = std::make_shared<MemoryTables>();
  std::unique_ptr<Store> memory;
  std::unique_ptr<Store> mariadb;
  Both();
};

// What a store says, as text, so that two answers can be compared and shown.
std::string show(const Stored<Committed>& answer);
std::string show(const Stored<std::vector<OpenJob>>& answer);
std::string show(const Stored<std::optional<JobFacts>>& answer);
std::string show(const Stored<Restored>& answer);
std::string show(const Stored<ListPage>& answer);

}  // namespace cadre::test
