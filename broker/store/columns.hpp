// Rows to columns, for array binding.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "broker/core/facts.hpp"
#include "common/database/link.hpp"

namespace cadre {

// The columns of one bulk statement. `texts` holds what was made for it; views of longer-living texts are kept as such.
class Columns {
 public:
  template <class Items, class Get>
  void u64(const Items& items, Get get) {
    db::Column column;
    column.type = db::Column::Type::u64;
    column.u64.reserve(items.size());
    for (const auto& item : items) column.u64.push_back(static_cast<std::uint64_t>(get(*item)));
    columns_.push_back(std::move(column));
  }
  template <class Items, class Get>
  void i64(const Items& items, Get get) {
    db::Column column;
    column.type = db::Column::Type::i64;
    column.i64.reserve(items.size());
    for (const auto& item : items) column.i64.push_back(static_cast<std::int64_t>(get(*item)));
    columns_.push_back(std::move(column));
  }
  template <class Items, class Get>
  void text(const Items& items, Get get) {
    db::Column column;
    column.type = db::Column::Type::bytes;
    column.bytes.reserve(items.size());
    for (const auto& item : items) column.bytes.push_back(get(*item));
    columns_.push_back(std::move(column));
  }
  std::string_view keep(std::string made) { return texts_.emplace_back(std::move(made)); }
  std::vector<db::Column> take() { return std::move(columns_); }

 private:
  std::vector<db::Column> columns_;
  std::deque<std::string> texts_;
};

inline std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// "NAME SIZE" a line, and the bytes one behind the other: how a result is stored.
std::string files_text(const OutputPtr& output);
std::string files_bytes(const OutputPtr& output);
OutputPtr files_from(const std::string& text, const std::string& bytes);

std::string open_ranges_bytes(const CheckpointRow& row);
std::vector<std::pair<JobId, JobId>> open_ranges_from(const std::string& bytes);

// Columns takes its items by pointer, because most of them are parts of a batch.
template <class Row>
std::vector<const Row*> pointers(const std::vector<Row>& rows) {
  std::vector<const Row*> list;
  list.reserve(rows.size());
  for (const Row& row : rows) list.push_back(&row);
  return list;
}

inline constexpr std::uint64_t kind_of_running = 255;  // in missing.kind, where others have their EndKind

inline std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }
inline std::int64_t micros(ServiceTime time) { return time.time_since_epoch().count(); }

}  // namespace cadre
