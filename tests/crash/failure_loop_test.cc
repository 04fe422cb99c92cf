// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/fresh_share.h"

// Goal: whichever operation of the disk fails, and however, nothing acknowledged is lost, nothing is half
// there, and the same can be done again. Method: operations of the disk fail, one a run, from the same start.
// A share of them on a fresh seed; thuisbasis-crash --disk covers them all.

namespace thuisbasis::crash {
namespace {

constexpr std::uint64_t kRunsOfATrouble = 12;

class FailurePoint : public testing::TestWithParam<std::size_t> {
 protected:
  static void expect_whole(const Operation& operation) {
    const std::uint64_t points = count_points(operation, Trouble::kPowerLost);
    EXPECT_GT(points, 10U);
    for (const Trouble trouble : kDiskTroubles) {
      const Share share = fresh_share(points, kRunsOfATrouble);
      const LoopResult result = loop_the_failure_point(operation, trouble, share);
      std::cout << result << std::endl;
      EXPECT_TRUE(result.ok()) << result;
      EXPECT_EQ(result.points, points) << "the same operation, and not the same points";
      EXPECT_EQ(result.covered, size_of(share, points)) << "a point was passed over";
      if (trouble == Trouble::kPowerLost) {
        EXPECT_EQ(result.injected, result.covered);
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
