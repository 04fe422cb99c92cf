// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/fleet.h"
#include "tests/sim/run_plan.h"

namespace thuisbasis::sim {

/// Fails the test with all that a person needs to see it again.
inline void expect_no_violation(const RunResult& run) {
  for (const Violation& violation : run.violations)
    ADD_FAILURE() << "I" << static_cast<int>(violation.invariant) << " at " << violation.at
                  << " ms: " << violation.what;
  if (run.violations.empty()) return;
  for (const std::string& line : run.last_lines) std::cout << "  " << line << "\n";
  std::cout << "replay: thuisbasis-sim --plan '" << plan_text(run.plan) << "'" << std::endl;
}

}  // namespace thuisbasis::sim
