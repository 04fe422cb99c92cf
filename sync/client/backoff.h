// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>

#include "core/base/clock.h"
#include "core/base/random.h"

namespace thuisbasis {

/// When to try again: exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", 2015),
/// so that a thousand tablets do not come back at the same second. One thread.
class Backoff final {
 public:
  using Ms = std::chrono::milliseconds;
  Backoff(Clock& clock, Random& random, Ms first, Ms most)
      : clock_(clock), random_(random), first_(first), most_(most) {}

  void succeeded();
  /// The next wait is drawn from zero to twice the former bound; never shorter than what the relay asked for.
  void failed(Ms asked = Ms{0});
  bool may_try() const { return wait() == Ms{0}; }
  Ms wait() const;

 private:
  Clock& clock_;
  Random& random_;
  Ms first_;
  Ms most_;
  Ms bound_{0};
  SteadyMs not_before_ = 0;
};

}  // namespace thuisbasis
