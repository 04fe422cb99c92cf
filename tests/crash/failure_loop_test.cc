// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/failure_loop.h"

#include <gtest/gtest.h>

#include <iostream>

// Goal: whichever operation of the disk fails, and however, nothing acknowledged is lost, nothing is half
// there, and the same can be done again. Method: every operation of the disk fails once, one run each, from
// the same start.

namespace thuisbasis::crash {
namespace {

class FailurePoint : public testing::TestWithParam<std::size_t> {
 protected:
  static void expect_whole(const Operation& operation) {
    for (const Trouble trouble : kDiskTroubles) {
      const LoopResult result = loop_the_failure_point(operation, trouble, {});
      std::cout << result << std::endl;
      EXPECT_TRUE(result.ok()) << result;
      EXPECT_EQ(result.covered, result.points) << "a point was passed over";
      EXPECT_GT(result.points, 10U);
      if (trouble == Trouble::kPowerLost) {
        EXPECT_EQ(result.injected, result.points);
      }
    }
  }
};

class RelayFailurePoint : public FailurePoint {};

TEST_P(FailurePoint, OfAVaultsDiskLosesNothingAcknowledged) { expect_whole(*vault_operations()[GetParam()]); }

TEST_P(RelayFailurePoint, OfTheRelaysDiskLosesNothingItConfirmed) {
  expect_whole(*relay_operations()[GetParam()]);
}

INSTANTIATE_TEST_SUITE_P(SavePushPullMigrateOpen, FailurePoint,
                         testing::Range(std::size_t{0}, vault_operations().size()));

INSTANTIATE_TEST_SUITE_P(AppendPushOpen, RelayFailurePoint,
                         testing::Range(std::size_t{0}, relay_operations().size()));

}  // namespace
}  // namespace thuisbasis::crash
