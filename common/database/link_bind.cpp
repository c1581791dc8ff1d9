#include "common/database/link_bind.hpp"

#include <array>
#include <limits>
#include <type_traits>

#include "common/base/assert.hpp"

namespace cadre::db {
namespace {

// Bytes travel as strings of the connection's character set: a text column compares them by its own collation and finds
// them by its index, and a binary column stores and compares them untouched (both tested against the server).
constexpr enum_field_types bytes_type = MYSQL_TYPE_STRING;

// The library takes parameters through pointers to non-const and only reads them.
void* readable(const void* data) { return const_cast<void*>(data); }

std::uint64_t sent_bytes(std::uint64_t length) {  // with the length in front, as the protocol packs it
  return length + (length < 251 ? 1 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 9);
}

constexpr std::uint64_t integer_bytes = 8;

struct BindValue {
  MYSQL_BIND& bind;
  std::uint64_t operator()(Null) const {
    bind.buffer_type = MYSQL_TYPE_NULL;
    return 0;
  }
  template <class Integer>
  std::uint64_t operator()(const Integer& value) const {
    static_assert(sizeof(Integer) == integer_bytes);
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = readable(&value);
    bind.is_unsigned = std::is_unsigned_v<Integer>;
    return integer_bytes;
  }
  std::uint64_t operator()(const std::string& value) const {
    bind.buffer_type = bytes_type;
    bind.buffer = readable(value.data());
    bind.buffer_length = value.size();
    return sent_bytes(value.size());
  }
};

bool is_integer(enum_field_types type) {
  return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 || type == MYSQL_TYPE_LONG ||
         type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_YEAR;
}

// Where the library puts one column of one row. Longer bytes than fit here are fetched a second time, whole.
struct Cell {
  bool integer = false;
  bool is_unsigned = false;
  std::uint64_t number = 0;
  std::array<char, 256> bytes{};
  unsigned long length = 0;
  my_bool null = 0;
  my_bool truncated = 0;
};

MYSQL_BIND bind_cell(Cell& cell) {
  MYSQL_BIND bind{};
  bind.buffer_type = cell.integer ? MYSQL_TYPE_LONGLONG : bytes_type;
  bind.buffer = cell.integer ? static_cast<void*>(&cell.number) : cell.bytes.data();
  bind.buffer_length = cell.integer ? sizeof(cell.number) : cell.bytes.size();
  bind.is_unsigned = cell.is_unsigned;
  bind.length = &cell.length;
  bind.is_null = &cell.null;
  bind.error = &cell.truncated;
  return bind;
}

// False: the statement holds the error.
bool read_cell(MYSQL_STMT* statement, unsigned column, const Cell& cell, Value& value) {
  if (cell.null) {
    value = Null{};
  } else if (cell.integer && cell.is_unsigned) {
    value = cell.number;
  } else if (cell.integer) {
    value = static_cast<std::int64_t>(cell.number);
  } else if (cell.length <= cell.bytes.size()) {
    value = std::string(cell.bytes.data(), cell.length);
  } else {
    std::string whole(cell.length, '\0');
    unsigned long length = 0;
    my_bool null = 0;
    my_bool truncated = 0;
    MYSQL_BIND bind{};
    bind.buffer_type = bytes_type;
    bind.buffer = whole.data();
    bind.buffer_length = whole.size();
    bind.length = &length;
    bind.is_null = &null;
    bind.error = &truncated;
    if (mysql_stmt_fetch_column(statement, &bind, column, 0) != 0) return false;
    CADRE_ASSERT(length == whole.size());
    value = std::move(whole);
  }
  return true;
}

std::vector<Cell> cells_for(MYSQL_STMT* statement) {
  std::vector<Cell> cells(mysql_stmt_field_count(statement));
  MYSQL_RES* metadata = mysql_stmt_result_metadata(statement);
  CADRE_ASSERT(metadata != nullptr);
  for (unsigned i = 0; i < cells.size(); ++i) {
    const MYSQL_FIELD* field = mysql_fetch_field_direct(metadata, i);
    cells[i].integer = is_integer(field->type);
    cells[i].is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
  }
  mysql_free_result(metadata);
  return cells;
}

}  // namespace

Binding::Binding(const std::vector<Value>& parameters) : binds_(parameters.size()) {
  const std::uint64_t count = parameters.size();
  bytes_ = 1 + 4 + 1 + 4 + (count + 7) / 8 + 1 + 2 * count;  // command, statement, flags, iterations, nulls, types
  for (std::size_t i = 0; i < parameters.size(); ++i) bytes_ += std::visit(BindValue{binds_[i]}, parameters[i]);
}

Binding::Binding(const std::vector<Column>& columns, std::size_t rows)
    : rows_(static_cast<unsigned>(rows)), binds_(columns.size()), arrays_(columns.size()) {
  CADRE_ASSERT(rows > 0 && rows <= std::numeric_limits<unsigned>::max());
  CADRE_ASSERT(!columns.empty());
  bytes_ = 1 + 4 + 2 + 2 * columns.size();  // command, statement, flags, types
  for (std::size_t i = 0; i < columns.size(); ++i) bind_column(columns[i], arrays_[i], binds_[i], rows);
}

void Binding::bind_column(const Column& column, Arrays& arrays, MYSQL_BIND& bind, std::size_t rows) {
  CADRE_ASSERT(column.null.empty() || column.null.size() == rows);
  arrays.indicators.assign(rows, STMT_INDICATOR_NONE);
  for (std::size_t row = 0; row < column.null.size(); ++row) {
    if (column.null[row]) arrays.indicators[row] = STMT_INDICATOR_NULL;
  }
  bind.u.indicator = arrays.indicators.data();
  bytes_ += rows;  // an indicator for every value
  if (column.type != Column::Type::bytes) {
    const bool is_unsigned = column.type == Column::Type::u64;
    CADRE_ASSERT((is_unsigned ? column.u64.size() : column.i64.size()) == rows);
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = is_unsigned ? readable(column.u64.data()) : readable(column.i64.data());
    bind.is_unsigned = is_unsigned;
    bytes_ += rows * integer_bytes;
    return;
  }
  CADRE_ASSERT(column.bytes.size() == rows);
  arrays.starts.reserve(rows);
  arrays.lengths.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string_view value = arrays.indicators[row] == STMT_INDICATOR_NULL ? "" : column.bytes[row];
    arrays.starts.push_back(value.data() == nullptr ? "" : value.data());  // the library takes a null pointer for NULL
    arrays.lengths.push_back(value.size());
    bytes_ += sent_bytes(value.size());
  }
  bind.buffer_type = bytes_type;
  bind.buffer = arrays.starts.data();
  bind.length = arrays.lengths.data();
}

bool fetch_all(MYSQL_STMT* statement, std::vector<std::vector<Value>>& rows) {
  std::vector<Cell> cells = cells_for(statement);
  std::vector<MYSQL_BIND> binds;
  binds.reserve(cells.size());
  for (Cell& cell : cells) binds.push_back(bind_cell(cell));
  if (mysql_stmt_bind_result(statement, binds.data()) != 0) return false;
  for (;;) {
    const int fetched = mysql_stmt_fetch(statement);
    if (fetched == MYSQL_NO_DATA) return true;
    if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED) return false;
    std::vector<Value>& row = rows.emplace_back(cells.size());
    for (unsigned i = 0; i < cells.size(); ++i) {
      if (!read_cell(statement, i, cells[i], row[i])) return false;
    }
  }
}

}  // namespace cadre::db
