// The inside of a Link. Only for the files of this directory.
#pragma once

#include <mysql.h>

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/database/link.hpp"
#include "common/database/link_bind.hpp"

namespace cadre::db {

struct Link::Parts {
  struct Prepared {
    std::string text;
    MYSQL_STMT* statement;
  };
  static constexpr std::size_t prepared_max = 64;

  MYSQL* mysql = nullptr;
  std::list<Prepared> prepared;  // the last used first
  std::uint64_t packet_max = 0;  // @@max_allowed_packet; 0: not asked yet
  bool gone = false;             // no statement can be sent any more
  bool begin_implicitly = false;
  bool in_transaction = false;
  std::optional<Trouble> broken;  // a trouble after which the open transaction must not be committed

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts();

  // Nothing: a statement whose packet has so many bytes may be sent.
  std::optional<Trouble> check_sendable(std::string_view sql, std::uint64_t bytes);
  Trouble trouble_of(std::string_view sql, std::uint64_t bytes);                         // the connection's last error
  Trouble trouble_of(std::string_view sql, std::uint64_t bytes, MYSQL_STMT* statement);  // the statement's; forgets it

  Outcome<std::uint64_t> run_text(std::string_view sql);
  // Prepared, bound and executed; results wait to be read, then finish().
  Outcome<MYSQL_STMT*> run_prepared(std::string_view sql, Binding& binding);
  Outcome<std::uint64_t> run_for_count(std::string_view sql, Binding& binding);
  Outcome<Rows> run_for_rows(std::string_view sql, Binding& binding);
  void finish(MYSQL_STMT* statement);

  // What a statement outside of transaction() has begun ends with it.
  template <class T>
  Outcome<T> settled(Outcome<T> outcome) {
    if (!begin_implicitly || in_transaction || gone) return outcome;
    const bool good = !std::holds_alternative<Trouble>(outcome);
    auto ended = run_text(good ? "COMMIT" : "ROLLBACK");
    if (auto* trouble = std::get_if<Trouble>(&ended)) {
      gone = true;
      if (!good) return outcome;
      trouble->kind = Kind::away;  // whether it happened is unknown
      return std::move(*trouble);
    }
    return outcome;
  }

 private:
  Outcome<MYSQL_STMT*> prepare(std::string_view sql);
  void forget(MYSQL_STMT* statement);
  Trouble noted(std::string_view sql, unsigned code, std::string_view message, std::uint64_t bytes);
};

}  // namespace cadre::db
