// SPDX-License-Identifier: EUPL-1.2
// A circle's key does not serve for ever.
#include "tests/sync/client/two_devices.h"

namespace thuisbasis::testing_support {
namespace {

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

struct NewKey : TwoDevices {
  CircleId circle = shared_circle();

  void pass(std::int64_t days) {
    for (FakeClock* time : {&clock, &tablet.clock, &laptop.clock}) time->advance(days * kDayMs);
  }
  void sync_both(int rounds = 2) {
    for (int i = 0; i < rounds; ++i)
      for (Device* device : {&tablet, &laptop}) sync(*device);
  }
  /// A key is renewed when there is something to seal.
  void write_and_sync() {
    put_goal(tablet, circle, "Van de tablet");
    put_goal(laptop, circle, "Van school");
    sync_both();
  }
  std::uint32_t epoch() { return laptop.vault.circle(circle)->epoch; }
};

TEST_F(NewKey, ComesAfterNinetyDays) {
  const RecordId old = put_goal(tablet, circle, "Onder de eerste sleutel");
  sync_both();
  pass(89);
  sync_both();
  EXPECT_EQ(epoch(), 1U);
  pass(2);
  const RecordId recent = put_goal(tablet, circle, "Onder de tweede");
  sync_both();
  EXPECT_EQ(epoch(), 2U);
  EXPECT_TRUE(laptop.vault.get(kGoal, recent));
  EXPECT_TRUE(laptop.vault.get(kGoal, old));
  sync_both();
  EXPECT_EQ(epoch(), 2U) << "of the two who could begin it one did";
  expect_same(circle);
}

TEST_F(NewKey, ComesOnceOfATabletWhoseClockIsMonthsBehind) {
  sync_both();
  pass(91);
  tablet.clock.set_wall(tablet.clock.wall_ms() - 200 * kDayMs);
  for (int round = 0; round < 3; ++round) write_and_sync();
  const std::uint32_t renewed = epoch();
  EXPECT_GE(renewed, 2U);
  for (int round = 0; round < 5; ++round) write_and_sync();
  EXPECT_EQ(epoch(), renewed);
}

TEST_F(NewKey, ComesWhenAPersonAsksForIt) {
  sync_both();
  ASSERT_TRUE(laptop.vault.rotate(circle, EpochReason::kSuspicion));
  const RecordId written = put_goal(laptop, circle, "Met een andere sleutel");
  sync_both();
  EXPECT_EQ(tablet.vault.circle(circle)->epoch, 2U);
  EXPECT_TRUE(tablet.vault.get(kGoal, written));
}

}  // namespace
}  // namespace thuisbasis::testing_support
