// SPDX-License-Identifier: EUPL-1.2
#include "tools/simulator/campaign.h"

#include <ctime>
#include <numeric>

namespace thuisbasis::sim {
namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC); }

}  // namespace

std::uint64_t CampaignResult::faults_struck() const {
  return std::accumulate(faults.begin(), faults.end(), std::uint64_t{0});
}

std::uint64_t CampaignResult::operations_done() const {
  return std::accumulate(operations.begin(), operations.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& one) { return sum + one.second; });
}

CampaignResult run_campaign(const RunPlan& plan, std::uint64_t first_seed, std::uint64_t seeds,
                            const std::function<void(const RunResult&)>& each) {
  CampaignResult all;
  all.first_seed = first_seed;
  Sha256 hash("thuisbasis/sim/campaign");
  const double began = cpu_seconds();
  for (std::uint64_t seed = first_seed; seed != first_seed + seeds; ++seed) {
    RunPlan one = plan;
    one.seed = seed;
    RunResult run = run_fleet(one);
    ++all.runs;
    for (std::size_t i = 0; i < kFaults; ++i) all.faults[i] += run.faults[i];
    for (const auto& [what, number] : run.operations) all.operations[what] += number;
    all.circle_hours += run.circle_hours;
    all.exchanges += run.exchanges;
    all.rounds += run.rounds;
    all.bytes_searched += run.bytes_searched;
    hash.add(as_bytes(run.trace_hash));
    each(run);
    if (!run.violations.empty()) all.failed.push_back(std::move(run));
  }
  all.trace_hash = to_hex(hash.finish().view()).substr(0, 16);
  all.cpu_seconds = cpu_seconds() - began;
  return all;
}

}  // namespace thuisbasis::sim
