// SPDX-License-Identifier: EUPL-1.2
// What the simulator prints is enough to run it again.
#include "tools/simulator/campaign.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/simulator/report.h"

namespace thuisbasis::sim {
namespace {

nlohmann::json report_of(std::uint64_t first_seed) {
  RunPlan plan;
  plan.devices = 2;
  plan.duration = 5 * kMinute;
  return nlohmann::json::parse(as_json(run_campaign(plan, first_seed, 2, [](const RunResult&) {})));
}

TEST(Campaign, SaysWithWhichSeedItBeganAndIsTheSameFromThere) {
  const nlohmann::json report = report_of(31);
  ASSERT_EQ(report.at("first_seed"), 31);
  const nlohmann::json again = report_of(report.at("first_seed"));
  const nlohmann::json other = report_of(32);
  for (const char* figure :
       {"trace_hash", "runs", "operations", "faults_by_class", "circle_hours", "violations"})
    EXPECT_EQ(again.at(figure), report.at(figure)) << figure;
  EXPECT_NE(other.at("trace_hash"), report.at("trace_hash"));
}

}  // namespace
}  // namespace thuisbasis::sim
