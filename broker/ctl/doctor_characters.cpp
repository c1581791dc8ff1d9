// Texts must come back as they went in, and two keys that differ must differ: the characters of connection, schema and
// tables are those that the schema says (utf8mb4, or ascii where a name needs no more), compared byte by byte.
#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/doctor.hpp"
#include "common/database/link.hpp"
#include "common/database/schema.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t named_max = 5;  // of what is wrong; the cure is the same for all

std::string others(const db::Rows& rows) {
  std::string all;
  for (std::size_t i = 0; i < std::min(rows.size(), named_max); ++i)
    all += fmt::format("{}{} is {}", i == 0 ? "" : ", ", rows.text(i, 0), rows.text(i, 1));
  return rows.size() > named_max ? fmt::format("{}, and {} more", all, rows.size() - named_max) : all;
}

}  // namespace

void check_characters(Chain& chain, db::Link& link, const std::string& schema) {
  const auto trouble = [&](const db::Outcome<db::Rows>& asked) {
    const auto* found = db::trouble_of(asked);
    if (found != nullptr) chain.fail("characters", found->message, "try again");
    return found != nullptr;
  };
  auto session = link.query("SELECT @@character_set_client, @@character_set_connection, @@character_set_results");
  if (trouble(session)) return;
  const auto& talk = std::get<db::Rows>(session);
  for (std::size_t i = 0; i < 3; ++i)
    if (talk.text(0, i) != "utf8mb4")
      return chain.fail("characters",
                        fmt::format("the server speaks {} with us, though utf8mb4 was asked for", talk.text(0, i)),
                        "remove skip-character-set-client-handshake, or what init_connect sets, from the server's "
                        "option file, and start it anew");
  auto columns = link.query(
      "SELECT CONCAT(table_name, '.', column_name), collation_name FROM information_schema.columns WHERE table_schema "
      "= DATABASE() "
      "AND collation_name NOT IN ('utf8mb4_bin', 'ascii_bin') ORDER BY 1");
  if (trouble(columns)) return;
  if (const auto& found = std::get<db::Rows>(columns); !found.empty()) {
    const std::string table = found.text(0, 0).substr(0, found.text(0, 0).find('.'));
    return chain.fail("characters",
                      others(found) + ", not utf8mb4_bin or ascii_bin: two keys that differ may be taken for one",
                      fmt::format("after a cadre backup, with the broker stopped: ALTER TABLE {}.{} CONVERT TO "
                                  "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                                  db::quote_identifier(schema), db::quote_identifier(table)));
  }
  auto standard = link.query(
      "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata WHERE schema_name = "
      "DATABASE()");
  if (trouble(standard)) return;
  const auto& of_schema = std::get<db::Rows>(standard);
  if (!of_schema.empty() && of_schema.text(0, 0) != "utf8mb4")
    return chain.warn(
        "characters",
        fmt::format("a new table in '{}' would be {}; those that are there are right", schema, of_schema.text(0, 1)),
        fmt::format("ALTER DATABASE {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", db::quote_identifier(schema)));
  chain.ok("characters", "connection, schema and tables are utf8mb4 (or ascii), and compared byte by byte");
}

}  // namespace cadre::ctl
