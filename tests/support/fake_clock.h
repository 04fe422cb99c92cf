// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/clock.h"

namespace thuisbasis::testing_support {

/// Time that a test moves by hand.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallMs wall = 1'800'000'000'000) : wall_(wall) {}
  WallMs wall_ms() override { return wall_; }
  SteadyMs steady_ms() override { return steady_; }

  void advance(std::int64_t ms) {
    wall_ += ms;
    steady_ += ms;
  }
  /// The wall clock is set, as a person or a dead battery does; the steady one does not notice.
  void set_wall(WallMs wall) { wall_ = wall; }

 private:
  WallMs wall_;
  SteadyMs steady_ = 0;
};

}  // namespace thuisbasis::testing_support
