// Between our values and the arrays of the client library. Only for the files of this directory.
#pragma once

#include <mysql.h>

#include <cstdint>
#include <vector>

#include "common/database/link.hpp"

namespace cadre::db {

// The parameters of one execution. Keeps the arrays that the library points into; the values themselves stay the
// caller's.
class Binding {
 public:
  explicit Binding(const std::vector<Value>& parameters);
  Binding(const std::vector<Column>& columns, std::size_t rows);  // array binding, column by column
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  MYSQL_BIND* data() { return binds_.data(); }
  std::size_t count() const { return binds_.size(); }
  unsigned rows() const { return rows_; }         // 0: not an array
  std::uint64_t bytes() const { return bytes_; }  // the size of the execute packet

 private:
  struct Arrays {
    std::vector<const char*> starts;
    std::vector<unsigned long> lengths;
    std::vector<char> indicators;
  };
  void bind_column(const Column& column, Arrays& arrays, MYSQL_BIND& bind, std::size_t rows);

  unsigned rows_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<MYSQL_BIND> binds_;
  std::vector<Arrays> arrays_;
};

// Reads all rows of an executed statement, values of any length. False: the statement holds the error.
bool fetch_all(MYSQL_STMT* statement, std::vector<std::vector<Value>>& rows);

}  // namespace cadre::db
