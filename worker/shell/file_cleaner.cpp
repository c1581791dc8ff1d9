#include "worker/shell/file_cleaner.hpp"

#include "common/cleanup/sweep_files.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"

namespace cadre {

namespace {

constexpr std::size_t left_max = 16, left_bytes_max = 512;  // sentences told: a question has 64 KiB (PROTOCOL.md)

template <class T>
bool ready(const std::future<T>& future) {
  return future.valid() && future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void add(const std::vector<std::string>& sentences, std::vector<std::string>& told) {
  for (const auto& sentence : sentences)
    if (told.size() < left_max) told.push_back(sentence.substr(0, left_bytes_max));
}

}  // namespace

FileCleaner::~FileCleaner() {
  const std::lock_guard guard(mutex_);
  stop_ = true;
  wake_.notify_all();
}

void FileCleaner::tick(const cleanup::SweepPlace& place) {
  bell_.silence();
  if (ready(looking_)) step(place, looking_.get());
  if (ready(removing_)) step(place, cleanup::Swept{removing_.get()});
  if (ready(trying_)) step(place, trying_.get());
  bool wanted = false;
  {
    const std::lock_guard guard(mutex_);
    wanted = std::exchange(batch_wanted_, false);
  }
  if (wanted) step(place, cleanup::BatchWanted{});
  step(place, cleanup::SweepTick{});
}

void FileCleaner::hear(const cleanup::SweepPlace& place, const Answer& answer) { step(place, answer); }

void FileCleaner::step(const cleanup::SweepPlace& place, const cleanup::SweepInput& input) {
  cleanup::SweepEffects effects;
  turn_.step(place, input, effects);
  for (auto& message : effects.sends) doors_.say(std::move(message));
  if (effects.cleaning) doors_.announce(*effects.cleaning);
  if (effects.look) look(*effects.look);
  if (effects.remove) remove(*std::move(effects.remove));
  if (effects.try_out) try_out(*std::move(effects.try_out));
  if (effects.permit) {
    const std::lock_guard guard(mutex_);
    permit_ = effects.permit;
    wake_.notify_all();
  }
  if (effects.trouble) log::warn("files_not_swept", {{"why", *effects.trouble}});
  if (!effects.swept) return;
  const auto& done = *effects.swept;
  swept_.files += done.files;
  swept_.bytes += done.bytes;
  log::info("files_swept", {{"files", done.files}, {"bytes", done.bytes}, {"left", done.left.size()}, {"trouble", done.error}});
  for (const auto& left : done.left) log::warn("file_left", {{"what", left}});
}

void FileCleaner::look(const std::string& cluster) {
  looking_ = std::async(std::launch::async, [this, cluster]() -> cleanup::Looked {
    const auto root = cleanup::SpoolRoot::open(spool_, cluster);
    if (!root) return {{}, root.error()};
    auto entries = root->look();
    bell_.ring();
    if (!entries) return {{}, entries.error()};
    return {*std::move(entries), ""};
  });
}

void FileCleaner::remove(cleanup::SweepEffects::Remove order) {
  removing_ = std::async(std::launch::async, [this, order = std::move(order)] {
    auto done = carry_out(order);
    bell_.ring();
    return done;
  });
}

void FileCleaner::try_out(cleanup::SweepEffects::Remove order) {
  trying_ = std::async(std::launch::async, [this, order = std::move(order)] {
    cleanup::Tried tried;
    const auto root = cleanup::SpoolRoot::open(spool_, order.cluster);
    if (!root) tried.left.push_back(root.error().substr(0, left_bytes_max));
    if (root)
      for (const auto& entry : order.entries) add(root->preview(entry).sum.left, tried.left);
    bell_.ring();
    return tried;
  });
}

cleanup::FilesDone FileCleaner::carry_out(const cleanup::SweepEffects::Remove& order) {
  cleanup::FilesDone done;
  const auto root = cleanup::SpoolRoot::open(spool_, order.cluster);
  if (!root) {
    done.error = root.error().substr(0, limits::text_bytes_max);
    return done;
  }
  for (const auto& entry : order.entries) {
    const auto removed = root->remove(entry, [this] { return may_remove_batch(); });
    done.files += removed.files;
    done.bytes += removed.bytes;
    add(removed.left, done.left);
    if (!removed.stopped) continue;
    done.error = "the turn ended before everything was removed; the rest goes in the next one";
    break;
  }
  return done;
}

bool FileCleaner::may_remove_batch() {
  std::unique_lock lock(mutex_);
  if (stop_) return false;
  permit_.reset();
  batch_wanted_ = true;
  bell_.ring();
  wake_.wait(lock, [this] { return permit_ || stop_; });
  return permit_.value_or(false) && !stop_;
}

}  // namespace cadre
