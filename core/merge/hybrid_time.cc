// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/hybrid_time.h"

#include <algorithm>

namespace thuisbasis {

HybridTime HybridTime::from_ms(WallMs ms, std::uint16_t counter) {
  constexpr WallMs kMsMax = (WallMs{1} << 48) - 1;
  return {static_cast<std::uint64_t>(std::clamp(ms, WallMs{0}, kMsMax)) << 16 | counter};
}

HybridTime next_time(HybridTime last, WallMs now) {
  const HybridTime wall = HybridTime::from_ms(now);
  if (wall > last) return wall;
  return {last.value == UINT64_MAX ? last.value : last.value + 1};
}

}  // namespace thuisbasis
