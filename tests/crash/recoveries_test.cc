// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/recoveries.h"

#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/fresh_share.h"

// A bounded share of what thuisbasis-crash does at length; TB_CRASH_SEED=n repeats a run, and
// TB_CRASH_RECOVERIES=n asks for more.

namespace thuisbasis::crash {
namespace {

RecoveryResult run(const RecoveryPlan& plan) {
  const RecoveryResult result = run_recoveries(plan);
  std::cout << "seed " << plan.seed << ": " << result << std::endl;
  return result;
}

TEST(Recoveries, LoseNothingAcknowledgedAndDamageNothingOnAFreshSeed) {
  const RecoveryResult result =
      run({.seed = fresh_seed(), .recoveries = number_from_environment("TB_CRASH_RECOVERIES", 300)});
  EXPECT_TRUE(result.ok());
  EXPECT_GT(result.crashes_in_recovery, result.recoveries / 10);
  EXPECT_GT(result.sectors_lost, result.recoveries) << "the disk forgot too little to prove anything";
}

// The harness has teeth: with settings that are known to lose, it must say so.

TEST(Recoveries, FindTheWritesThatSynchronousNormalLoses) {
  const RecoveryResult result = run({.seed = 1, .recoveries = 90, .synchronous = Synchronous::kNormal});
  EXPECT_GT(result.lost, 5U) << "acknowledged writes were lost, and nobody noticed";
  EXPECT_GT(result.corrupt, 0U) << "a later commit shows that an earlier one is torn: the vault stays closed";
}

TEST(Recoveries, FindTheDamageThatSynchronousOffDoes) {
  const RecoveryResult result = run({.seed = 1, .recoveries = 90, .synchronous = Synchronous::kOff});
  EXPECT_GT(result.lost, 5U);
  EXPECT_GT(result.corrupt, 2U) << "vaults were corrupted, and nobody noticed";
}

TEST(Recoveries, AreTheSameForTheSameSeed) {
  const RecoveryResult first = run({.seed = 7, .recoveries = 12});
  const RecoveryResult again = run({.seed = 7, .recoveries = 12});
  EXPECT_EQ(first.sectors_lost, again.sectors_lost);
  EXPECT_EQ(first.writes_checked, again.writes_checked);
  EXPECT_EQ(first.crashes_in_recovery, again.crashes_in_recovery);
}

}  // namespace
}  // namespace thuisbasis::crash
