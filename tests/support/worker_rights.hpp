// The rights that its unit gives a worker, in setpriv's words; tests/units holds them to etc/systemd/cadre-worker.service.in.
#pragma once

namespace cadre::test {

inline constexpr const char* worker_rights = "-all,+setuid,+setgid,+chown,+dac_override,+kill,+sys_ptrace";

}  // namespace cadre::test
