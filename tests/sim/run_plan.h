// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "tests/sim/faults.h"
#include "tests/sim/schedule.h"

namespace thuisbasis::sim {

/// What is fixed of a run before it begins. Everything else is drawn from the seed.
struct RunPlan {
  std::uint64_t seed = 0;
  std::size_t devices = 0;  ///< 0: drawn, from 2 to 12
  SteadyMs duration = 0;    ///< of the part with people and faults; 0: drawn, from one hour to eight
  FaultSet allowed = every_fault();
  /// Disks of devices say that they wrote what they did not. Nobody survives that: for proving that the
  /// checks find a loss.
  bool disks_lie = false;
};

/// One line that says it all: "seed=7 devices=3 seconds=600 faults=killed,answer_lost". What is missing stays
/// as it is by default; "faults=" alone means none, "classes=54" the first 54. Without either it is a plan
/// from when there were 53: it stays what it was.
std::string plan_text(const RunPlan& plan);
/// kInvalidArgument, naming the word, for anything else.
Result<RunPlan> parse_plan(std::string_view text);

}  // namespace thuisbasis::sim
