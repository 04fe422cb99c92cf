// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "sync/relay/lru_map.h"

namespace thuisbasis {

/// A bucket of tokens for each device: `burst` requests at once, `per_second` on average. Only requests whose
/// signature holds are counted, so nobody can use up another's. One thread.
class RateLimiter final {
 public:
  RateLimiter(std::uint32_t per_second, std::uint32_t burst) : per_second_(per_second), burst_(burst) {}

  bool may_pass(const DeviceId& device, SteadyMs now) {
    const std::int64_t full = std::int64_t{burst_} * kMilli;
    Bucket* bucket = buckets_.find(device);
    if (bucket == nullptr) bucket = &buckets_.put(device, Bucket{full, now});
    const std::int64_t gained = (now - bucket->filled_at) * std::int64_t{per_second_};
    bucket->tokens = gained >= full ? full : std::min(full, bucket->tokens + gained);
    bucket->filled_at = now;
    if (bucket->tokens < kMilli) return false;
    bucket->tokens -= kMilli;
    return true;
  }

 private:
  static constexpr std::int64_t kMilli = 1'000;  // tokens are counted in thousandths
  static constexpr std::size_t kDevicesMax = 32'768;
  struct Bucket {
    std::int64_t tokens = 0;
    SteadyMs filled_at = 0;
  };
  std::int64_t per_second_;
  std::int64_t burst_;
  LruMap<DeviceId, Bucket> buckets_{kDevicesMax};
};

}  // namespace thuisbasis
