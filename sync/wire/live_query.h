// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/ids.h"

namespace thuisbasis {

/// The query of GET /v1/live: the device's position and how long the relay may hold the request.
struct LiveQuery {
  RelayEpoch relay_epoch;
  Sha256Digest cursor_hash;
  std::uint32_t wait_ms = 50'000;
  friend bool operator==(const LiveQuery&, const LiveQuery&) = default;
};
inline constexpr std::uint32_t kLiveWaitMsMax = 55'000;  ///< school proxies cut at 60 s
/// "/v1/live?epoch=..&cursors=..&wait=50000"
std::string live_target(const LiveQuery& query);
/// kMalformed for anything that live_target does not write; a longer wait is cut to kLiveWaitMsMax.
Result<LiveQuery> parse_live_target(std::string_view target);

}  // namespace thuisbasis
