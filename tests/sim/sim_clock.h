// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/schedule.h"

namespace thuisbasis::sim {

/// The clocks of one machine in a world with one true time. The wall clock may be off, run wrong and be set;
/// the steady one only runs, and stands still while the machine is off.
class SimClock final : public Clock {
 public:
  static constexpr WallMs kTrueStart = 1'800'000'000'000;

  explicit SimClock(const Schedule& schedule) : schedule_(schedule) {}
  WallMs true_ms() const { return kTrueStart + schedule_.passed() + schedule_.now(); }
  WallMs wall_ms() override { return true_ms() + off_by_ + schedule_.now() / 1'000'000 * drift_ppm_; }
  SteadyMs steady_ms() override { return schedule_.now(); }

  void set_off_by(std::int64_t ms) { off_by_ = ms; }
  void set_drift_ppm(std::int64_t ppm) { drift_ppm_ = ppm; }

 private:
  const Schedule& schedule_;
  std::int64_t off_by_ = 0;
  std::int64_t drift_ppm_ = 0;
};

}  // namespace thuisbasis::sim
