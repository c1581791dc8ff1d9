#include "worker/engine/attempt_directory.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t spares_max = 16;  // four descriptors each
constexpr mode_t permissions = 07777;

struct Named {
  const char* name;
  const Fd& fd;
};

// Is `name` still the file behind `fd`, as we made it?
bool is_as_made(int directory_fd, const Named& file) {
  struct stat named {
  }, held{};
  if (::fstatat(directory_fd, file.name, &named, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (::fstat(file.fd.get(), &held) != 0) return false;
  const bool same = named.st_ino == held.st_ino && named.st_dev == held.st_dev;
  return same && held.st_nlink == 1 && (held.st_mode & permissions) == 0600 && S_ISREG(held.st_mode);
}

bool is_private_directory(int at, const char* name) {
  struct stat status {};
  return ::fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0 && S_ISDIR(status.st_mode) &&
         (status.st_mode & permissions) == 0700;
}

// Entries without "." and "..", as far as one buffer shows: more than it holds is more than we want in any case.
std::size_t count_entries(int directory_fd) {
  alignas(8) char buffer[2048];
  ::lseek(directory_fd, 0, SEEK_SET);
  const long bytes = ::syscall(SYS_getdents64, directory_fd, buffer, sizeof buffer);
  std::size_t count = 0;
  for (long at = 0; at < bytes; ++count) {
    unsigned short length = 0;
    static_assert(sizeof length == sizeof(dirent64::d_reclen));
    __builtin_memcpy(&length, buffer + at + offsetof(dirent64, d_reclen), sizeof length);
    at += length;
  }
  return count < 2 ? 0 : count - 2;
}

}  // namespace

std::optional<AttemptDirectory> AttemptDirectories::spare_for(const User* user) {
  const auto found = std::find_if(spares_.rbegin(), spares_.rend(), [&](const auto& spare) { return spare.user == user; });
  if (found == spares_.rend()) return std::nullopt;
  AttemptDirectory spare = std::move(*found);
  spares_.erase(std::next(found).base());
  return spare;
}

Result<AttemptDirectory> AttemptDirectories::take(const std::string& name, const User* user, std::string_view payload,
                                                  std::string_view params) {
  Result<AttemptDirectory> directory = Error{};
  if (auto spare = spare_for(user)) {
    if (scratch_.rename(spare->place, name)) {
      directory = *std::move(spare);
    } else {
      scratch_.remove(std::move(spare->place));  // the name is taken, or an engine has removed the spare
    }
  }
  if (!directory) directory = make(name, user);
  if (!directory) return directory;
  int error = write_whole(directory->input.get(), payload);
  if (error == 0) error = write_whole(directory->params.get(), params);
  if (error == 0) return directory;
  Error trouble{fmt::format("cannot write in {}: {}", directory->place.path(), errno_text(error))};
  scratch_.remove(std::move(directory->place));
  return trouble;
}

Result<AttemptDirectory> AttemptDirectories::make(const std::string& name, const User* user) const {
  AttemptDirectory directory;
  directory.user = user;
  Result<ScratchDirectory> place = scratch_.make(name);
  if (!place) return Error{place.error()};
  directory.place = *std::move(place);
  std::string trouble;
  for (const auto& [file, fd] : {std::pair<const char*, Fd*>{"input", &directory.input},
                                 {"params.json", &directory.params},
                                 {"stdout", &directory.printed}}) {
    Result<Fd> made = directory.place.create(file);
    if (!made) trouble = made.error();
    if (!made) continue;
    *fd = *std::move(made);
    if (auto given = give(fd->get(), user, directory.place.path() + "/" + file); !given) trouble = given.error();
  }
  if (auto made = directory.place.make("out", user); !made) trouble = made.error();
  // The last, so that it cannot change what we make in it.
  if (auto given = directory.place.give_to(user); !given) trouble = given.error();
  if (trouble.empty()) return directory;
  scratch_.remove(std::move(directory.place));
  return Error{std::move(trouble)};
}

void AttemptDirectories::give_back(AttemptDirectory directory, bool nobody_left) {
  if (nobody_left && spares_.size() < spares_max && restore(directory) &&
      scratch_.rename(directory.place, fmt::format(".spare.{}", ++spare_number_))) {
    spares_.push_back(std::move(directory));
    return;
  }
  scratch_.remove(std::move(directory.place));
}

bool AttemptDirectories::restore(const AttemptDirectory& directory) const {
  const int at = directory.place.fd();
  if (!is_private_directory(at, "") || !is_private_directory(at, "out")) return false;
  const Fd out{::openat(at, "out", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!out || !is_empty(out.get())) return false;
  for (const Named& file :
       {Named{"input", directory.input}, Named{"params.json", directory.params}, Named{"stdout", directory.printed}}) {
    if (!is_as_made(at, file) || ::ftruncate(file.fd.get(), 0) != 0) return false;
  }
  return count_entries(at) == 4;
}

}  // namespace cadre::engine
