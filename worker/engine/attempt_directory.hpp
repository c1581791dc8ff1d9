// The work directory of one exec attempt: {input, params.json, stdout, out/}. Emptied ones are kept for later attempts:
// to make and remove five inodes for each attempt costs more than all else that we do for it, and on file systems
// without a journal ext4 avoids recently freed inodes at a price that grows with their number (measured: from 1,400 to
// 110 attempts a second).
//
// Where engines run as another user, the directory and what is in it are that user's, and only an attempt of the same user
// gets it again.
//
// A directory is kept only if nothing shows that it was ever used: the four entries are the very inodes that were made,
// with their first permissions and one link, emptied; there is nothing else; and no process is left that could have one
// of them open. Otherwise it is removed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "worker/engine/scratch.hpp"

namespace cadre::engine {

struct AttemptDirectory {
  ScratchDirectory place;
  Fd input, params, printed;  // input, params.json, stdout; read and write
  const User* user = nullptr;  // whose it is; null: ours
  Fd ruleset;                  // of the fence, as of the stamp; 0: to be made anew
  std::uint64_t stamp = 0;
};

class AttemptDirectories {
 public:
  explicit AttemptDirectories(const Scratch& scratch) : scratch_(scratch) {}

  Result<AttemptDirectory> take(const std::string& name, const User* user, std::string_view payload, std::string_view params);
  // `nobody_left`: no process lives that may have inherited a descriptor from the attempt.
  void give_back(AttemptDirectory directory, bool nobody_left);

 private:
  std::optional<AttemptDirectory> spare_for(const User* user);
  Result<AttemptDirectory> make(const std::string& name, const User* user) const;
  bool restore(const AttemptDirectory& directory) const;

  const Scratch& scratch_;
  std::vector<AttemptDirectory> spares_;
  std::uint64_t spare_number_ = 0;
};

}  // namespace cadre::engine
