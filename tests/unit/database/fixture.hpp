// One private server for all tests of the process; every test has a schema of its own.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>

#include "common/database/link.hpp"
#include "tests/support/private_mariadb.hpp"

namespace cadre::db {

template <class T>
T must(Outcome<T> outcome) {
  if (auto* trouble = std::get_if<Trouble>(&outcome)) throw std::runtime_error(trouble->message);
  return std::get<T>(std::move(outcome));
}

template <class T>
Trouble trouble(const Outcome<T>& outcome) {
  if (std::holds_alternative<T>(outcome)) throw std::runtime_error("wanted a trouble, and it went well");
  return std::get<Trouble>(outcome);
}

inline std::string one_text(Link& link, const std::string& sql) {
  const Rows rows = must(link.query(sql));
  const Value& value = rows.row(0).at(0);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return rows.is_null(0, 0) ? "NULL" : std::get<std::string>(value);
}

class Database : public testing::Test {
 protected:
  static test::PrivateMariadb& server() {
    static test::PrivateMariadb one;
    return one;
  }
  void SetUp() override {
    Link root = must(Link::connect(server().settings()));
    must(root.execute("DROP DATABASE IF EXISTS t"));
    must(root.execute("CREATE DATABASE t CHARACTER SET utf8mb4"));
  }
  Settings settings() const { return server().settings({}, "t"); }
  Link connect() const { return must(Link::connect(settings())); }
  Link connect_as(const std::string& user, const std::string& grants) const {
    Link root = connect();
    must(root.execute("CREATE OR REPLACE USER '" + user + "'@'localhost'"));
    must(root.execute("GRANT " + grants + " ON t.* TO '" + user + "'@'localhost'"));
    return must(Link::connect(server().settings(user, "t")));
  }
};

}  // namespace cadre::db
