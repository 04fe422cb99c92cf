// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/shrink.h"

#include <algorithm>

namespace thuisbasis::sim {
namespace {

class Shrinker final {
 public:
  Shrinker(const RunResult& failed, std::size_t runs_max, const std::function<void(const RunResult&)>& tried)
      : best_(failed), runs_left_(runs_max), tried_(tried) {}

  RunResult shrink() {
    cut_to_violation();
    drop_idle_faults();
    for (std::size_t before = 0; before != runs_left_ && runs_left_ > 0;) {
      before = runs_left_;
      const std::size_t size = size_of(best_.plan);
      drop_faults();
      drop_devices();
      cut_time();
      if (size_of(best_.plan) == size) break;
    }
    return best_;
  }

 private:
  static std::size_t size_of(const RunPlan& plan) {
    return plan.devices + plan.allowed.count() + static_cast<std::size_t>(plan.duration / kMinute);
  }

  /// Keeps the plan when it fails in the same way.
  bool attempt(const RunPlan& plan) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    RunResult run = run_fleet(plan);
    tried_(run);
    const Invariant wanted = best_.violations.front().invariant;
    if (run.violations.empty() || run.violations.front().invariant != wanted) return false;
    best_ = std::move(run);
    return true;
  }

  /// What comes after the violation is of no use.
  void cut_to_violation() {
    const SteadyMs at = best_.violations.front().at;
    if (at >= best_.plan.duration) return;
    RunPlan plan = best_.plan;
    plan.duration = at / kSecond * kSecond + kSecond;
    attempt(plan);
  }

  void drop_idle_faults() {
    RunPlan plan = best_.plan;
    for (std::size_t i = 0; i < kFaults; ++i)
      if (best_.faults[i] == 0) plan.allowed.reset(i);
    if (plan.allowed != best_.plan.allowed) attempt(plan);
  }

  void drop_faults() {
    for (std::size_t i = 0; i < kFaults; ++i) {
      if (!best_.plan.allowed[i]) continue;
      RunPlan plan = best_.plan;
      plan.allowed.reset(i);
      attempt(plan);
    }
  }

  void drop_devices() {
    for (std::size_t less : {best_.plan.devices / 2, std::size_t{1}}) {
      while (less != 0 && best_.plan.devices >= 2 + less) {
        RunPlan plan = best_.plan;
        plan.devices -= less;
        if (!attempt(plan)) break;
      }
    }
  }

  void cut_time() {
    for (int i = 0; i < 3; ++i) {
      RunPlan plan = best_.plan;
      plan.duration = plan.duration * 2 / 3 / kSecond * kSecond;
      if (plan.duration == 0 || !attempt(plan)) return;
    }
  }

  RunResult best_;
  std::size_t runs_left_;
  const std::function<void(const RunResult&)>& tried_;
};

}  // namespace

RunResult shrink(const RunResult& failed, std::size_t runs_max,
                 const std::function<void(const RunResult&)>& tried) {
  return Shrinker(failed, runs_max, tried).shrink();
}

}  // namespace thuisbasis::sim
