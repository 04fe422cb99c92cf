// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/random.h"

namespace thuisbasis {

/// The operating system's randomness (getrandom). Ends the process when the system gives none. Any thread.
class SystemRandom final : public Random {
 public:
  void fill(MutableByteView out) override;
};

}  // namespace thuisbasis
