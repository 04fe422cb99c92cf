// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>

#include "tests/sim/fleet.h"

namespace thuisbasis::sim {

/// What many runs had together.
struct CampaignResult {
  std::uint64_t first_seed = 0;
  std::uint64_t runs = 0;
  FaultCounts faults{};
  std::map<std::string, std::uint64_t> operations;
  double circle_hours = 0;
  double cpu_seconds = 0;
  std::uint64_t exchanges = 0;
  std::uint64_t rounds = 0;
  std::uint64_t bytes_searched = 0;
  std::string trace_hash;         ///< over the hashes of all runs
  std::vector<RunResult> failed;  ///< with their violations

  std::uint64_t faults_struck() const;
  std::uint64_t operations_done() const;
};

/// Runs a row of seeds, one after another. `each` hears of every run as it ends.
CampaignResult run_campaign(const RunPlan& plan, std::uint64_t first_seed, std::uint64_t seeds,
                            const std::function<void(const RunResult&)>& each);

}  // namespace thuisbasis::sim
