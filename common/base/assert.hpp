// Assertions that stay on in production: a broken invariant of ours ends the process (guarantees.md R18); it is
// restarted, and nothing that was acknowledged is lost.
#pragma once

namespace cadre {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace cadre

#define CADRE_ASSERT(expression) \
  (static_cast<bool>(expression) ? static_cast<void>(0) : ::cadre::assertion_failed(#expression, __FILE__, __LINE__))
