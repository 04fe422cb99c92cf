// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>

namespace thuisbasis {

/// Milliseconds since 1970 UTC, as a wall clock told them. A hint, never proof of order.
using WallMs = std::int64_t;
/// Milliseconds of a clock that only goes forward; the zero point means nothing.
using SteadyMs = std::int64_t;

/// The outside world's time. Implementations: platform/clock, and a hand-driven one in the tests.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallMs wall_ms() = 0;
  virtual SteadyMs steady_ms() = 0;
};

}  // namespace thuisbasis
