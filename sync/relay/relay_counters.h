// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <cstdint>
#include <map>

#include "core/base/error.h"

namespace thuisbasis {

/// What the relay did since it started; plain numbers without a word about whom.
struct RelayCounters {
  static constexpr std::size_t kRefusalReasons = 15;  ///< indexed by RefusalReason
  std::uint64_t sync_requests = 0;
  std::uint64_t live_requests = 0;
  std::uint64_t live_wakeups = 0;
  std::uint64_t live_timeouts = 0;
  std::uint64_t device_registrations = 0;
  std::uint64_t bundles_stored = 0;
  std::uint64_t bytes_stored = 0;
  std::uint64_t entries_stored = 0;
  std::uint64_t items_resent = 0;  ///< pushed again and receipted again
  std::uint64_t items_delivered = 0;
  std::uint64_t groups = 0;
  std::uint64_t group_requests = 0;  ///< requests in all groups
  std::uint64_t groups_failed = 0;
  std::uint64_t cursors_missed = 0;  ///< a device had to send its whole vector
  std::uint64_t logs_differed = 0;   ///< a device remembered other logs than these
  std::uint64_t epochs_missed = 0;   ///< a device came with another relay epoch
  std::uint64_t rate_limited = 0;
  std::array<std::uint64_t, kRefusalReasons> refusals{};
  std::map<Code, std::uint64_t> problems;  ///< requests refused as a whole
};

}  // namespace thuisbasis
