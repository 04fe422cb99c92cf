// SPDX-License-Identifier: EUPL-1.2
#include "platform/entropy/system_random.h"

#include <sys/random.h>

#include <cerrno>

#include "core/base/assert.h"

namespace thuisbasis {

void SystemRandom::fill(MutableByteView out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    TB_ASSERT(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace thuisbasis
