// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstddef>
#include <cstdint>

#include "core/base/clock.h"

namespace thuisbasis {

/// What an operator may set. Limits of the protocol itself stand in core/verify/protocol.h and sync/wire.
struct RelayLimits {
  std::uint64_t circle_bytes_max = std::uint64_t{1} << 30;  ///< of all bodies in one circle's log
  std::uint32_t circles_per_device_max = 5'000;             ///< further genesis entries are refused
  std::uint32_t requests_per_second = 50;                   ///< of one device, on average ...
  std::uint32_t requests_burst = 400;                       ///< ... and at once
  std::size_t held_requests_max = 20'000;
};

inline constexpr std::uint64_t kAnswerBytesDefault = std::uint64_t{1}
                                                     << 20;  ///< of entries and bundles in one answer
inline constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{4} << 20;
inline constexpr std::size_t kGroupItemsMax = 2'048;                    ///< pushes in one commit group, about
inline constexpr std::size_t kPendingBytesMax = std::size_t{32} << 20;  ///< pushes that wait; beyond it: busy
inline constexpr WallMs kSignedTimeAheadMsMax = 600'000;  ///< of a bundle, against the relay's clock
inline constexpr SteadyMs kHeldMsMax = 50'000;            ///< before the jitter
inline constexpr SteadyMs kHeldJitterMs = 5'000;
inline constexpr SteadyMs kAcknowledgementsEveryMs = 1'000;  ///< between commit groups that save vectors
inline constexpr std::uint32_t kBusyRetrySeconds = 5;
inline constexpr std::uint32_t kTooOftenRetrySeconds = 1;  ///< within it every device may send again

}  // namespace thuisbasis
