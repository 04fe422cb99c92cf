// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <compare>
#include <cstdint>

#include "core/base/clock.h"

namespace thuisbasis {

/// Hybrid logical time (Kulkarni et al., "Logical Physical Clocks", 2014): milliseconds since 1970 in the
/// upper 48 bits, a counter in the lower 16. Breaks ties between concurrent writes; never orders writes by
/// itself.
struct HybridTime {
  std::uint64_t value = 0;

  static HybridTime from_ms(WallMs ms, std::uint16_t counter = 0);  ///< clamps to the 48 bits there are
  WallMs ms() const { return static_cast<WallMs>(value >> 16); }
  friend auto operator<=>(const HybridTime&, const HybridTime&) = default;
};

/// The next time to stamp a write with: the wall clock, or just after `last` when the clock stands still or
/// runs behind. Never below `last`.
HybridTime next_time(HybridTime last, WallMs now);

}  // namespace thuisbasis
