// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/allocation_failure.h"
#include "tests/crash/fresh_share.h"

// Goal: wherever memory runs out, the product answers an Error or lets std::bad_alloc through, loses nothing
// acknowledged and leaves nothing by half. Method: as with the disk, at allocations. A share of them on a
// fresh seed; thuisbasis-crash --memory covers them all.

namespace thuisbasis::crash {
namespace {

const bool hooked = [] {
  allocation_failure::hook_sqlite();
  return true;
}();

constexpr std::uint64_t kRunsOfAnOperation = 25;

class Memory : public testing::TestWithParam<std::tuple<std::size_t, Trouble>> {};

TEST_P(Memory, MayRunOutAnywhereAndNothingAcknowledgedIsLost) {
  ASSERT_TRUE(hooked);
  auto operations = vault_operations();
  for (auto& operation : relay_operations()) operations.push_back(std::move(operation));
  const auto& [number, trouble] = GetParam();
  const Operation& operation = *operations.at(number);
  const std::uint64_t points = count_points(operation, trouble);
  const Share share = fresh_share(points, kRunsOfAnOperation);
  const LoopResult result = loop_the_failure_point(operation, trouble, share);
  std::cout << result << std::endl;
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(result.injected, result.covered) << "a failure that did not happen";
  EXPECT_EQ(result.covered, size_of(share, points)) << "a point was passed over";
}

INSTANTIATE_TEST_SUITE_P(EveryOperation, Memory,
                         testing::Combine(testing::Range(std::size_t{0}, std::size_t{8}),
                                          testing::ValuesIn(kMemoryTroubles)));

}  // namespace
}  // namespace thuisbasis::crash
