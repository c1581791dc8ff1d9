// Large payloads and results: written in chunks ahead of the fact that names them, read back where they are wanted.
#include "broker/store/columns.hpp"
#include "broker/store/mariadb_store.hpp"

namespace cadre {

namespace {

struct Chunk {
  std::uint64_t number = 0;
  std::string_view bytes;
};

// A blob, cut. A chunk never reaches over the end of a part, so that nothing is copied.
class Chunks {
 public:
  explicit Chunks(const std::vector<std::string_view>& parts) : parts_(parts) {}

  // The next ones, of about so many bytes together; empty: that was all.
  std::vector<Chunk> next(std::uint64_t bytes) {
    std::vector<Chunk> chunks;
    for (std::uint64_t sum = 0; part_ < parts_.size() && (sum == 0 || sum + Store::blob_chunk_bytes <= bytes);) {
      const auto chunk = parts_[part_].substr(at_, Store::blob_chunk_bytes);
      at_ += chunk.size();
      if (at_ == parts_[part_].size()) ++part_, at_ = 0;
      sum += chunk.size();
      if (!chunk.empty()) chunks.push_back({count_++, chunk});
    }
    return chunks;
  }

 private:
  const std::vector<std::string_view>& parts_;
  std::size_t part_ = 0, at_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

// False: left out, its key is known.
db::Outcome<bool> MariadbStore::put_blob(const Blob& blob, const BlobPace& pace) {
  if (!blob.key.empty()) {
    auto known = link_->query("SELECT 1 FROM submit_key WHERE client=? AND submit_key=?", {blob.client, blob.key});
    if (const auto* trouble = trouble_of(known)) return *trouble;
    if (!std::get<db::Rows>(known).empty()) return false;
  }
  auto owner = link_->execute("INSERT IGNORE INTO blob_owner (id, client, submit_key, job_id, attempt) VALUES (?,?,?,?,?)",
                              {blob.id.value, blob.client, blob.key, blob.attempt.job.value, std::uint64_t{blob.attempt.number}});
  if (const auto* trouble = trouble_of(owner)) return *trouble;
  Chunks cut(blob.parts);
  while (true) {
    const auto chunks = cut.next(pace());
    if (chunks.empty()) return true;
    const auto items = pointers(chunks);
    Columns c;
    c.u64(items, [&](const Chunk&) { return blob.id.value; });
    c.u64(items, [](const Chunk& chunk) { return chunk.number; });
    c.text(items, [](const Chunk& chunk) { return chunk.bytes; });
    auto sent = bulk("INSERT IGNORE INTO blob_chunk (blob_id, number, bytes) VALUES (?,?,?)", c.take(), items.size(), nullptr);
    if (const auto* trouble = trouble_of(sent)) return *trouble;
  }
}

Stored<std::set<BlobId>> MariadbStore::put_blobs(const std::vector<Blob>& blobs, const BlobPace& pace) {
  if (auto away = ensure()) return *away;
  std::set<BlobId> written;
  auto done = link_->transaction([&]() -> db::Outcome<Done> {
    for (const Blob& blob : blobs) {
      auto put = put_blob(blob, pace);
      if (const auto* trouble = trouble_of(put)) return *trouble;
      if (std::get<bool>(put)) written.insert(blob.id);
    }
    return Done{};
  });
  if (const auto* trouble = trouble_of(done)) return lost(*trouble);
  return written;
}

// What stands in the row, or where the row says so, in chunks; nothing where those have been purged. A blob has at least one
// chunk, and all of them go in one transaction.
db::Outcome<std::optional<std::string>> MariadbStore::bytes_or_blob(const std::string& in_row, BlobId id) {
  if (!id) return std::optional(in_row);
  auto rows = link_->query("SELECT bytes FROM blob_chunk WHERE blob_id=? ORDER BY number", {id.value});
  if (const auto* trouble = trouble_of(rows)) return *trouble;
  const auto& found = std::get<db::Rows>(rows);
  if (found.empty()) return std::optional<std::string>{};
  std::string all;
  for (std::size_t i = 0; i < found.size(); ++i) all += found.text(i, 0);
  return std::optional(std::move(all));
}

}  // namespace cadre
