#include "worker/shell/key_watch.hpp"

namespace cadre {

std::optional<net::KeyPair> KeyWatch::changed() {
  if (file_.empty()) return std::nullopt;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file_, error);
  if (error || written == seen_) return std::nullopt;
  const auto keys = net::read_secret_key(file_);
  if (!keys) return std::nullopt;
  seen_ = written;
  if (keys->public_key == public_key_) return std::nullopt;
  public_key_ = keys->public_key;
  return *keys;
}

}  // namespace cadre
