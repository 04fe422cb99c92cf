// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/crash/allocation_failure.h"
#include "tests/crash/failure_loop.h"

// Goal: wherever memory runs out, the product answers an Error or lets std::bad_alloc through, loses nothing
// acknowledged and leaves nothing by half. Method: as with the disk, at allocations; a share of them, the
// first one drawn, because there are some hundred thousand. thuisbasis-crash --memory covers them all.

namespace thuisbasis::crash {
namespace {

const bool hooked = [] {
  allocation_failure::hook_sqlite();
  return true;
}();

constexpr std::uint64_t kRunsOfAnOperation = 40;

class Memory : public testing::TestWithParam<std::tuple<std::size_t, Trouble>> {};

TEST_P(Memory, MayRunOutAnywhereAndNothingAcknowledgedIsLost) {
  ASSERT_TRUE(hooked);
  auto operations = vault_operations();
  for (auto& operation : relay_operations()) operations.push_back(std::move(operation));
  const auto& [number, trouble] = GetParam();
  const Operation& operation = *operations.at(number);
  const std::uint64_t points = count_points(operation, trouble);
  const std::uint64_t every = points / kRunsOfAnOperation + 1;
  const Share share{every, std::random_device{}() % every};
  const LoopResult result = loop_the_failure_point(operation, trouble, share);
  std::cout << "every " << share.every << "th from " << share.from << ": " << result << std::endl;
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(result.injected, result.covered) << "a failure that did not happen";
  EXPECT_EQ(result.covered, (result.points - share.from + share.every - 1) / share.every);
}

INSTANTIATE_TEST_SUITE_P(EveryOperation, Memory,
                         testing::Combine(testing::Range(std::size_t{0}, std::size_t{8}),
                                          testing::ValuesIn(kMemoryTroubles)));

}  // namespace
}  // namespace thuisbasis::crash
