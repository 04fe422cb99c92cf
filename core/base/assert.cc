// SPDX-License-Identifier: EUPL-1.2
#include "core/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace thuisbasis {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "thuisbasis: %s:%d: this must hold and does not: %s\n", file, line, expression);
  std::abort();
}

}  // namespace thuisbasis
