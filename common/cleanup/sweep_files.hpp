// Looks at one worker's spool, and removes from it what has no owner (guarantees.md G12). Who owns what is decided
// elsewhere (orphans.hpp); here is only what the file system can be trusted with.
//
// Whoever wrote below a spool was a stranger, and may still be at it. So: the spool is opened once, and everything else
// is reached from that descriptor, beneath it, over no symbolic link and no mount (openat2; a kernel without it is
// refused). Only regular files that belong to us and directories that were emptied are removed. Somebody who exchanges
// a name between a check and its unlink may lose that name, inside the spool; never what a link of his points at.
//
// Blocking calls; one thread at a time for each SpoolRoot. A tree takes one descriptor for each level, depth_max at
// most.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/cleanup/orphans.hpp"
#include "common/os/descriptor.hpp"

namespace cadre::cleanup {

namespace bounds {
inline constexpr std::uint32_t batch_max = 64;    // names removed before the turn is asked for again (S4)
inline constexpr std::uint32_t depth_max = 100;   // directories on top of each other, as in worker/engine/scratch.cpp
inline constexpr std::uint32_t passes_max = 256;  // over one tree: each lifts what was too deep by depth_max
inline constexpr std::size_t entries_max = Orphans::remembered_max;  // in one look; the others have to wait
inline constexpr std::uint64_t tree_names_max = 1u
                                                << 16;  // looked at in one entry; beyond it, its sizes are "at least"
inline constexpr std::uint64_t look_names_max = 1u << 20;  // looked at in one look; then it ends with what it has
inline constexpr std::size_t left_max = 64;                // sentences about what was left
inline constexpr std::size_t listed_max = 1000;            // paths of a preview
inline constexpr std::size_t path_shown_max = 1024;        // bytes of a path in a sentence
}  // namespace bounds

using os::Descriptor;

struct Removed {
  std::uint64_t files = 0;  // names of regular files
  std::uint64_t directories = 0;
  std::uint64_t bytes = 0;        // given back to the disk: allocated, without files that have a second name elsewhere
  std::vector<std::string> left;  // "left: attempts/1-5.1/x is a symbolic link"; at most left_max, the last one says so
  bool stopped = false;           // the turn was no longer ours
};

// What remove() would do now.
struct Preview {
  Removed sum;
  std::vector<std::string> paths;  // in the order in which they would go; at most listed_max, directories end in '/'
};

class SpoolRoot {
 public:
  // Refused: no directory of ours alone, no stamp `cluster` in it or another cluster's, a kernel without openat2.
  static Result<SpoolRoot> open(const std::filesystem::path& path, std::string_view cluster_id);

  // Everything directly in the spool and in its `attempts`, in order of path. What vanishes meanwhile is left out; any
  // other trouble anywhere is an error of the whole, and then this was no reading. What does not fit the bounds is not
  // in it: to be missing never makes a thing ripe.
  Result<std::vector<Entry>> look() const;

  // Removes `entry` with all that is below it, if it is still that very thing. `still_ours` is asked before each batch,
  // also before the first; when it says no, nothing more is removed. What is written meanwhile stays for the next time.
  Removed remove(const Entry& entry, const std::function<bool()>& still_ours) const;

  Preview preview(const Entry& entry) const;

 private:
  SpoolRoot(std::string path, Descriptor root) : path_(std::move(path)), root_(std::move(root)) {}

  std::string path_;  // for people only
  Descriptor root_;
};

}  // namespace cadre::cleanup
