// The stores: one transaction that accepts so many jobs, and one that records their outcomes. MariaDB is a real server
// with durable settings.
#include <benchmark/benchmark.h>

#include <memory>

#include "broker/store/mariadb_store.hpp"
#include "broker/store/measure.hpp"
#include "broker/store/memory_store.hpp"
#include "common/database/schema.hpp"
#include "common/os/clock.hpp"
#include "tests/support/private_mariadb.hpp"

namespace cadre {
namespace {

constexpr std::size_t payload_bytes = 256;

template <class T>
T must(db::Outcome<T> outcome) {
  if (const auto* trouble = std::get_if<db::Trouble>(&outcome)) throw std::runtime_error(trouble->message);
  return std::move(std::get<T>(outcome));
}

std::unique_ptr<Store> memory() { return std::make_unique<MemoryStore>(std::make_shared<MemoryTables>(), os::wall_now); }

// One server for all; a schema of its own for each benchmark.
std::unique_ptr<Store> mariadb() {
  static test::PrivateMariadb server({"--innodb-buffer-pool-size=512M", "--innodb-log-file-size=256M"});
  static int schemas = 0;
  const std::string schema = "bench_" + std::to_string(++schemas);
  db::Link admin = must(db::Link::connect(server.settings()));
  (void)must(admin.execute("CREATE DATABASE " + schema));
  (void)must(admin.execute("USE " + schema));
  for (const auto& statement : db::schema_statements(db::schema_version)) (void)must(admin.execute(statement));
  (void)must(admin.execute("INSERT INTO cluster (only_row, id, schema_version, made) VALUES (1, 'bench', 1, NOW(6))"));
  return std::make_unique<MariadbStore>(server.settings({}, schema));
}

using Make = std::unique_ptr<Store> (*)();

// range(0): rows of each of the two transactions.
void accept_and_end(benchmark::State& state, Make make) {
  const auto store = make();
  const auto granted = store->take_seat("bench", 1h, std::nullopt);
  if (!std::holds_alternative<Granted>(granted)) return state.SkipWithError("the seat was not granted");
  const Epoch epoch = std::get<Granted>(granted).epoch;
  const auto count = static_cast<std::size_t>(state.range(0));
  JobId next = JobId::make(epoch, 1);
  for (auto _ : state) {
    state.PauseTiming();
    const Batch accepts = accept_batch(next, count, payload_bytes), outcomes = outcome_batch(next, count, payload_bytes);
    next.value += count;
    state.ResumeTiming();
    for (const Batch* batch : {&accepts, &outcomes})
      if (const auto answer = store->apply(epoch, *batch); !std::holds_alternative<Committed>(answer)) return state.SkipWithError("a batch was not committed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK_CAPTURE(accept_and_end, memory, memory)->Arg(1)->Arg(100)->Arg(1'000)->UseRealTime();
BENCHMARK_CAPTURE(accept_and_end, mariadb, mariadb)->Arg(1)->Arg(100)->Arg(1'000)->UseRealTime();

}  // namespace
}  // namespace cadre
