// SPDX-License-Identifier: EUPL-1.2
// The plans of regression_plans.txt, each a test of its own.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>

#include "tests/sim/expectation.h"

namespace thuisbasis::sim {
namespace {

std::vector<std::string> kept_plans() {
  std::ifstream file(TB_SOURCE_DIR "/tests/sim/regression_plans.txt");
  std::vector<std::string> plans;
  for (std::string line; std::getline(file, line);) {
    const std::string text = line.substr(0, line.find('#'));
    if (text.find('=') != std::string::npos) plans.push_back(text);
  }
  return plans;
}

/// An empty list would be a file that is not where it should be: then GoogleTest says that nothing was made.
class KeptPlan : public testing::TestWithParam<std::string> {};

TEST_P(KeptPlan, IsSurvived) {
  const auto plan = parse_plan(GetParam());
  ASSERT_TRUE(plan) << plan.error().message();
  std::cout << GetParam() << std::endl;
  expect_no_violation(run_fleet(*plan));
}

INSTANTIATE_TEST_SUITE_P(ThatFoundAFault, KeptPlan, testing::ValuesIn(kept_plans()), [](const auto& plan) {
  const std::string& text = plan.param;
  return text.substr(0, text.find(' ')).replace(text.find('='), 1, "_");
});

}  // namespace
}  // namespace thuisbasis::sim
