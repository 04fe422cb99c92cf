// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/clock.h"

namespace thuisbasis {

/// The relay's clock as this device knows it: its own wall clock plus what answers have told. A wrong clock
/// in the field is thereby no obstacle; it is never set.
class RelayTime final {
 public:
  explicit RelayTime(Clock& clock) : clock_(clock) {}
  /// The relay said its time in an answer that just came.
  void heard(WallMs relay_now) { ahead_ms_ = relay_now - clock_.wall_ms(); }
  WallMs now() const { return clock_.wall_ms() + ahead_ms_; }
  std::int64_t ahead_ms() const { return ahead_ms_; }

 private:
  Clock& clock_;
  std::int64_t ahead_ms_ = 0;
};

}  // namespace thuisbasis
