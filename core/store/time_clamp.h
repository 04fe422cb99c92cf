// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>

#include "core/store/store.h"

namespace thuisbasis {

enum class Clamped : std::uint8_t {
  kExactly,
  /// A record that several devices created might be another's now: what the tables dropped decides, so only
  /// merging the circle again from its changes answers it.
  kOnlyByMergingAgain,
};

/// A bundle's signed time bounds the effective time of the changes in it, on every device that receives it.
/// This does the same to the device that wrote them, once the bundle is sealed: what these changes of its own
/// left in the tables counts as written at `limit` at the latest, and the digest follows. Within the caller's
/// transaction.
Result<Clamped> clamp_times(Store& store, CircleRow circle, std::span<const Change> changes,
                            HybridTime limit);

}  // namespace thuisbasis
