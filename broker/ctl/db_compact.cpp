// cadre db compact: gives the space that deleted records have left in MariaDB's files back to the file system. New records
// use it again in any case; this is for after a large purge that will not come again.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/output.hpp"
#include "common/database/schema.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t worth_it = 16u << 20;  // InnoDB keeps a few MiB free in any case

struct Size {
  std::uint64_t used = 0, free = 0;
};

Size size_of(Database& database, const std::string& table) {
  const auto rows = database.query(
      "SELECT CAST(data_length + index_length AS UNSIGNED), CAST(data_free AS UNSIGNED) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
      {database.schema(), table});
  if (rows.empty()) return {};
  return {rows.u64(0, 0), rows.u64(0, 1)};
}

Exit run(Context& context, const AdminOptions& o, bool all) {
  Database database(context, o);
  if (database.version() == 0) throw Stop{Exit::config, fmt::format("there is no Cadre in schema '{}': `cadre db init` makes it", database.schema())};
  database.use_schema();
  database.execute("SET SESSION max_statement_time = 0");
  Json done = Json::array();
  std::uint64_t freed = 0;
  for (const auto& table : db::all_tables()) {
    database.query(fmt::format("ANALYZE TABLE {}", db::quote_identifier(table)));
    const Size before = size_of(database, table);
    if (before.free < worth_it && !all) continue;
    say(fmt::format("{}: {} in use, {} to be freed", table, bytes_for_people(before.used), bytes_for_people(before.free)));
    // In place, without keeping others from reading and writing; it needs as much free space as the table has in use.
    database.execute(fmt::format("ALTER TABLE {} FORCE, ALGORITHM=INPLACE, LOCK=NONE", db::quote_identifier(table)));
    database.query(fmt::format("ANALYZE TABLE {}", db::quote_identifier(table)));
    const Size after = size_of(database, table);
    const std::uint64_t gain = before.used + before.free - std::min(before.used + before.free, after.used + after.free);
    freed += gain;
    done.push_back({{"table", table}, {"freed", gain}});
  }
  if (context.json()) print_json({{"schema", database.schema()}, {"freed", freed}, {"tables", done}});
  else say(done.empty() ? "no table has enough to give back; --all rebuilds them all the same" : fmt::format("{} freed", bytes_for_people(freed)));
  return Exit::ok;
}

}  // namespace

Command commands::db_compact() {
  return {"db compact", "Give the space that purged records left back to the file system", "sudo cadre db compact", [](Arguments& args) -> Run {
            auto o = std::make_shared<AdminOptions>();
            o->as_owner = true;
            auto all = std::make_shared<bool>(false);
            declare(args, *o);
            args.add_flag("--all", *all, "also tables that have little to give back");
            return [o, all](Context& context) { return run(context, *o, *all); };
          }};
}

}  // namespace cadre::ctl
