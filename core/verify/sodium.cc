// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/sodium.h"

#include <sodium.h>

#include "core/base/assert.h"

namespace thuisbasis {

void ensure_sodium() {
  static const bool ready = sodium_init() >= 0;
  TB_ASSERT(ready);
}

}  // namespace thuisbasis
