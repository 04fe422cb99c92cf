// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/sim/findings.h"
#include "tests/sim/run_plan.h"

namespace thuisbasis::sim {

/// What became of a run.
struct RunResult {
  RunPlan plan;  ///< with what was drawn
  std::vector<Violation> violations;
  std::vector<std::string> last_lines;  ///< of the trace, for a run with violations
  std::string trace_hash;
  FaultCounts faults{};
  std::map<std::string, std::uint64_t> operations;  ///< by what people did
  double circle_hours = 0;
  std::uint64_t exchanges = 0;
  std::uint64_t rounds = 0;
  std::uint64_t bytes_searched = 0;  ///< for plaintext
};

/// One whole run: a municipality, its relay, devices and people; faults for the planned time; then quiet for
/// more than ten poll intervals; then the invariants. The same plan gives the same result, in whatever
/// process. Not reentrant: SQLite's random numbers are the process's. One thread.
RunResult run_fleet(const RunPlan& plan);

}  // namespace thuisbasis::sim
