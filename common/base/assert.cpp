#include "common/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace cadre {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "cadre: broken invariant: %s (%s:%d); this is a bug, the process ends\n", expression, file, line);
  std::abort();
}

}  // namespace cadre
