// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/clock.h"

namespace thuisbasis {

/// The operating system's time. Any thread.
class SystemClock final : public Clock {
 public:
  WallMs wall_ms() override;
  /// Counts on while the machine sleeps, so that timeouts pass on a tablet in a bag.
  SteadyMs steady_ms() override;
};

}  // namespace thuisbasis
