// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <iostream>
#include <new>

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

template <typename Copied>
void expect_throws(const Copied& original) {
  allocation_failure::start(1, false);
  bool thrown = false;
  try {
    const Copied copy = original;
    EXPECT_FALSE(copy) << "made without memory";
  } catch (const std::bad_alloc&) {
    thrown = true;
  }
  EXPECT_TRUE(allocation_failure::stop().failed);
  EXPECT_TRUE(thrown);
}

/// Whoever called can still end well.
TEST(MemoryOfAResult, ThatIsCopiedRunsOutByThrowing) {
  const std::string long_enough(100, 'x');
  expect_throws(Status(Error(Code::kIo, long_enough)));
  expect_throws(Result<int>(Error(Code::kIo, long_enough)));
  expect_throws(Result<std::string>(long_enough));
}

/// Its search index may hold in memory what was undone on the disk, and would write that with the next
/// change.
TEST(MemoryOfAVault, ThatRanOutInTheMiddleOfAWriteEndsTheWritingUntilItIsOpenedAgain) {
  const auto operations = vault_operations();
  const Operation& save = *operations.front();
  const Scene scene = save.scene();
  std::uint64_t points = 10;
  int refused = 0;
  for (std::uint64_t tenth = 0; tenth < 10; ++tenth) {
    Trial trial(scene, tenth + 1);
    ASSERT_TRUE(save.make_ready(trial));
    Vault& vault = *trial.tablet.vault;
    const WriteBook::NewRecord goal{kGoal, trial.circle};
    ASSERT_TRUE(trial.book.write_one(vault, goal));
    if (tenth == 0) {
      allocation_failure::start(0, false);
      ASSERT_TRUE(trial.book.write_one(vault, goal));
      points = allocation_failure::stop().allocations;
      continue;
    }
    allocation_failure::start(points * tenth / 10, false);
    bool thrown = false;
    try {
      // Where SQLite can do without, it does.
      EXPECT_TRUE(trial.book.write_one(vault, goal)) << tenth;
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    (void)allocation_failure::stop();
    const Status next = trial.book.write_one(vault, goal);
    if (!next) {
      EXPECT_TRUE(thrown);
      EXPECT_EQ(next.error().code(), Code::kCancelled);
      ++refused;
    }
    trial.tablet.close();
    ASSERT_TRUE(trial.tablet.open());
    EXPECT_TRUE(trial.book.write_one(*trial.tablet.vault, goal));
    EXPECT_TRUE(trial.tablet.vault->examine()->damage.empty());
  }
  EXPECT_GT(refused, 2);
}

}  // namespace
}  // namespace thuisbasis::crash
