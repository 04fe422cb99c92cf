// SPDX-License-Identifier: EUPL-1.2
// A bounded share of what thuisbasis-sim does at length. A run is its seed; the seed is printed, and
// TB_SIM_SEED=n replays one, TB_SIM_RUNS=n asks for more.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "core/crypto/signing.h"
#include "core/verify/signature.h"
#include "tests/sim/canary.h"
#include "tests/sim/expectation.h"
#include "tests/sim/fleet.h"
#include "tests/sim/seen_signatures.h"
#include "tests/sim/shrink.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::sim {
namespace {

constexpr SteadyMs kDuration = 2 * kHour;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

FaultSet only(std::initializer_list<Fault> faults) {
  FaultSet set;
  for (const Fault fault : faults) set.set(static_cast<std::size_t>(fault));
  return set;
}

std::uint64_t struck(const RunResult& run, Fault fault) {
  return run.faults[static_cast<std::size_t>(fault)];
}

RunPlan small_plan(std::uint64_t seed) {
  RunPlan plan;
  plan.seed = seed;
  plan.devices = 2 + seed % 4;
  plan.duration = kDuration;
  return plan;
}

TEST(Fleet, LosesNothingAndAgreesUnderFaultsWithFreshSeeds) {
  const bool replay = std::getenv("TB_SIM_SEED") != nullptr;
  const std::uint64_t first = number_from_environment("TB_SIM_SEED", std::random_device{}() % 1'000'000'000);
  const std::uint64_t runs = replay ? 1 : number_from_environment("TB_SIM_RUNS", 10);
  for (std::uint64_t seed = first; seed != first + runs && !HasFailure(); ++seed) {
    std::cout << "seed " << seed << std::endl;
    expect_no_violation(run_fleet(small_plan(seed)));
  }
}

/// What a failure prints replays it: also where devices and time were drawn, or faults were left out.
TEST(Fleet, GivesTheSameTraceForThePlanThatAFailurePrints) {
  RunPlan drawn;
  drawn.seed = 2;
  drawn.allowed.reset(static_cast<std::size_t>(Fault::kKilled));
  RunPlan with_devices;
  with_devices.seed = 12;
  with_devices.devices = 3;
  for (const RunPlan& plan : {drawn, with_devices}) {
    const RunResult run = run_fleet(plan);
    const std::string text = plan_text(run.plan);
    const RunResult again = run_fleet(parse_plan(text).value());
    EXPECT_EQ(again.trace_hash, run.trace_hash) << text;
    EXPECT_EQ(plan_text(again.plan), text);
  }
}

TEST(Fleet, GivesTheSameTraceForTheSameSeed) {
  const RunResult first = run_fleet(small_plan(7));
  const RunResult again = run_fleet(small_plan(7));
  const RunResult other = run_fleet(small_plan(11));
  EXPECT_EQ(first.trace_hash, again.trace_hash);
  EXPECT_EQ(first.faults, again.faults);
  EXPECT_NE(first.trace_hash, other.trace_hash);
}

/// An allocation is counted from the run's beginning, whatever the process did before.
TEST(Fleet, GivesTheSameTraceInWhateverOrderRunsAreMade) {
  RunPlan plan = small_plan(21);
  plan.allowed = only({Fault::kMemoryRunsOut, Fault::kUpgraded, Fault::kKilled, Fault::kMassChange});
  RunPlan other = small_plan(22);
  RunResult first;
  for (; plan.seed < 40 && struck(first, Fault::kMemoryRunsOut) == 0; ++plan.seed) first = run_fleet(plan);
  ASSERT_GT(struck(first, Fault::kMemoryRunsOut), 0U);
  run_fleet(other);
  EXPECT_EQ(run_fleet(first.plan).trace_hash, first.trace_hash);
}

struct OneFault {
  Fault fault;
  std::uint64_t seed;  ///< the first one tried
};
class EachFault : public testing::TestWithParam<OneFault> {};

/// One class at a time, on seeds in a row until it comes; what it does is looked at like everything else.
TEST_P(EachFault, StrikesAndIsSurvived) {
  constexpr std::uint64_t kSeedsMax = 24;
  const auto [fault, first_seed] = GetParam();
  RunPlan plan;
  plan.devices = 3;
  plan.duration = kDuration;
  plan.allowed = only({fault});
  for (plan.seed = first_seed; plan.seed < first_seed + kSeedsMax; ++plan.seed) {
    const RunResult run = run_fleet(plan);
    expect_no_violation(run);
    if (struck(run, fault) == 0) continue;
    std::cout << fault_name(fault) << " came on seed " << plan.seed << std::endl;
    return;
  }
  ADD_FAILURE() << fault_name(fault) << " never came";
}

INSTANTIATE_TEST_SUITE_P(OfPeopleProgramsAndTheRelay, EachFault,
                         testing::Values(OneFault{Fault::kMassChange, 10}, OneFault{Fault::kUpgraded, 1},
                                         OneFault{Fault::kLimits, 1}, OneFault{Fault::kMonthsPass, 5},
                                         OneFault{Fault::kMemoryRunsOut, 2},
                                         OneFault{Fault::kRelayWithholds, 3},
                                         OneFault{Fault::kRelayReorders, 1},
                                         OneFault{Fault::kRelayRepeats, 3}, OneFault{Fault::kRelayForges, 1},
                                         OneFault{Fault::kEvilPeer, 1}, OneFault{Fault::kKeysChange, 5},
                                         OneFault{Fault::kMembersLeave, 1}),
                         [](const auto& one) { return std::string(fault_name(one.param.fault)); });

/// The checks have teeth: a disk that says it wrote what it did not loses acknowledged writes, and that is
/// seen; and what was found is found again in less.
TEST(Fleet, FindsTheLossesOfDisksThatLieAndShrinksThem) {
  RunPlan plan;
  plan.devices = 3;
  plan.duration = kDuration;
  plan.disks_lie = true;
  plan.allowed = FaultSet().set(static_cast<std::size_t>(Fault::kPowerLost));
  plan.allowed.set(static_cast<std::size_t>(Fault::kAnswerLost));
  RunResult failed;
  for (plan.seed = 1; plan.seed < 12 && failed.violations.empty(); ++plan.seed) failed = run_fleet(plan);
  ASSERT_FALSE(failed.violations.empty()) << "no run noticed a disk that lies";
  const RunResult small = shrink(failed, 12, [](const RunResult&) {});
  ASSERT_FALSE(small.violations.empty());
  EXPECT_EQ(small.violations.front().invariant, failed.violations.front().invariant);
  EXPECT_LE(small.plan.duration, failed.plan.duration);
  EXPECT_LE(small.plan.devices, failed.plan.devices);
}

TEST(CanaryWatch, FindsPlaintextInTheMiddleOfOtherBytes) {
  Schedule schedule;
  Findings findings(schedule);
  CanaryWatch canary(findings);
  canary.look("a request", as_bytes("nothing here: Kanari"));
  EXPECT_TRUE(findings.ok());
  canary.look("a request", as_bytes("\x01\x02Kanarie-7 \x03"));
  ASSERT_FALSE(findings.ok());
  EXPECT_EQ(findings.violations().front().invariant, Invariant::kNoPlaintext);
}

TEST(RunPlan, IsReadAsItIsWritten) {
  RunPlan plan;
  plan.seed = 12;
  plan.devices = 3;
  plan.duration = 90 * kSecond;
  plan.allowed = FaultSet().set(static_cast<std::size_t>(Fault::kKilled));
  const std::string text = plan_text(plan);
  EXPECT_EQ(text, "seed=12 devices=3 seconds=90 faults=killed");
  EXPECT_EQ(plan_text(parse_plan(text).value()), text);
  EXPECT_FALSE(parse_plan("seed=12 colour=red"));
  EXPECT_FALSE(parse_plan("faults=boredom"));
  EXPECT_EQ(parse_plan("seed=1 faults=").value().allowed.count(), 0U);
}

TEST(SeenSignatures, AreRememberedOnlyWhereTheyAreGood) {
  testing_support::SeededRandom random(5);
  const SigningKey key = SigningKey::generate(random);
  const Signature signature = key.sign("test", as_bytes("Bezoek"));
  seen_signatures::forget();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(verify_signature(key.public_key(), "test", as_bytes("Bezoek"), signature.view()));
    EXPECT_FALSE(verify_signature(key.public_key(), "test", as_bytes("Bezoekt"), signature.view()));
    EXPECT_FALSE(verify_signature(SigningKey::generate(random).public_key(), "test", as_bytes("Bezoek"),
                                  signature.view()));
    EXPECT_EQ(seen_signatures::count(), 1U);
  }
}

}  // namespace
}  // namespace thuisbasis::sim
