#include "worker/engine/network_filter.hpp"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "worker/engine/fd.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

Result<std::vector<sock_filter>> network_filter() {
  const auto trouble = [](const char* step, int error) {
    return Error{fmt::format("no filter for `network: none`: {}: {}", step, errno_text(error < 0 ? -error : error))};
  };
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter{::seccomp_init(SCMP_ACT_ALLOW), ::seccomp_release};
  if (!filter) return trouble("seccomp_init", ENOMEM);
  if (const int error = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS))
    return trouble("seccomp_attr_set", error);
  if (const int error =
          ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX)))
    return trouble("seccomp_rule_add socket", error);
  // "Not there" is what programs fall back from.
  if (const int error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0))
    return trouble("seccomp_rule_add io_uring_setup", error);

  const Fd file{::memfd_create("cadre-network-filter", MFD_CLOEXEC)};
  if (!file) return trouble("memfd_create", errno);
  if (const int error = ::seccomp_export_bpf(filter.get(), file.get())) return trouble("seccomp_export_bpf", error);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return trouble("fstat", errno);
  std::vector<sock_filter> program(static_cast<std::size_t>(status.st_size) / sizeof(sock_filter));
  const auto bytes = program.size() * sizeof(sock_filter);
  if (::pread(file.get(), program.data(), bytes, 0) != static_cast<ssize_t>(bytes)) return trouble("pread", errno);
  return program;
}

}  // namespace cadre::engine
