// SPDX-License-Identifier: EUPL-1.2
// What others built on work that one copy of a vault sent, and another copy still holds, unsent or otherwise.
#include "tests/sync/client/copied_vault.h"

namespace thuisbasis {
namespace {

/// A copy of the tablet's vault reads what the laptop built on the tablet's work before it reads that work.
struct BuiltOnUnsent : CopiedVault {
  BuiltOnUnsent() {
    circle = shared_circle();
    sync(tablet);
    sync(laptop);
    goal = put_goal(tablet, circle, "Van de tablet");
  }

  /// The tablet sends what it has; the laptop reads that and edits the goal.
  void build_on_the_tablets_work() {
    sync(tablet);
    sync(laptop);
    edit_why(laptop, goal, "Van de laptop");
    sync(laptop);
  }
  Bytes bundle_from_end(std::size_t back) {
    const Log log = log_of(circle);
    return log.bodies.at(log.bodies.size() - 1 - back);
  }
  void read(Device& device, const std::vector<Bytes>& bundles) {
    std::uint64_t sequence = device.vault.sync().positions()->front().sequence;
    std::vector<Arrival> arrivals;
    for (const Bytes& bundle : bundles) arrivals.push_back({circle, ++sequence, false, bundle});
    const Status taken = device.vault.sync().arrived(arrivals);
    ASSERT_TRUE(taken) << taken.error().message();
  }
  static std::size_t goals_of(Device& device) {
    ListFilter goals;
    goals.kind = kGoal;
    return device.vault.list(goals)->size();
  }
  /// The relay's log is another than what was read here in an order of the test's own.
  void end_well(Device& copy) {
    meet_new_relay(copy);
    sync_all(copy);
    expect_all_same(copy, circle);
  }

  CircleId circle;
  RecordId goal;
};

TEST_F(BuiltOnUnsent, WaitsForWorkThatMakesWay) {
  Device copy(tablet, 21);
  build_on_the_tablets_work();
  read(copy, {bundle_from_end(0)});
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  end_well(copy);
}

TEST_F(BuiltOnUnsent, ComesBackBeforeWorkThatBuildsOnItInTurn) {
  Device copy(tablet, 21);
  build_on_the_tablets_work();
  read(copy, {bundle_from_end(0)});
  edit_why(copy, goal, "Van de kopie");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de kopie");
  end_well(copy);
  EXPECT_EQ(goal_of(laptop, goal).why(), "Van de kopie");
}

TEST_F(BuiltOnUnsent, ComesBackBeforeWorkThatGoesOnUnderOtherNumbers) {
  Device copy(tablet, 21);
  put_goal(copy, circle, "Alleen in de kopie");
  put_goal(tablet, circle, "Alleen op de tablet");
  build_on_the_tablets_work();
  read(copy, {bundle_from_end(0)});
  edit_why(copy, goal, "Van de kopie");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  end_well(copy);
  EXPECT_EQ(goal_of(laptop, goal).why(), "Van de kopie");
  EXPECT_EQ(goals_of(laptop), 3U);
}

/// The tablet's work comes in two bundles, and the laptop built on the second.
TEST_F(BuiltOnUnsent, IsNoLongerReplacedByWorkThatGoesOnWhileItWaits) {
  Device copy(tablet, 21);
  for (const char* what : {"Eerst in de kopie", "Daarna in de kopie"}) put_goal(copy, circle, what);
  put_goal(tablet, circle, "Alleen op de tablet");
  sync(tablet);
  put_goal(tablet, circle, "Daarna op de tablet");
  build_on_the_tablets_work();
  read(copy, {bundle_from_end(0)});
  edit_why(copy, goal, "Van de kopie");
  read(copy, {bundle_from_end(2)});
  EXPECT_EQ(copy.vault.status()->quarantined, 1U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de kopie");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  end_well(copy);
  EXPECT_EQ(goals_of(laptop), 5U);
  EXPECT_EQ(laptop.vault.conflicts()->size(), 1U) << "both values stand until a person chooses";
}

/// What this copy sealed, the relay has in the tablet's sealing; what it has not sealed yet, another copy
/// sent.
TEST_F(BuiltOnUnsent, IsMergedAgainAfterThatWork) {
  Device copy(tablet, 21);
  copy.clock.set_wall(copy.clock.wall_ms() + 60'000);
  ASSERT_EQ(copy.vault.sync().outgoing(kAnySize, 0)->bundles.size(), 1U);
  edit_why(copy, goal, "Van de kopie");
  Device second(copy, 22);
  sync(tablet);
  for (int round = 0; round < 2; ++round) sync(second);
  sync(laptop);
  ASSERT_EQ(goal_of(laptop, goal).why(), "Van de kopie");
  edit_why(laptop, goal, "Van de laptop");
  sync(laptop);
  read(copy, {bundle_from_end(0), bundle_from_end(2)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  sync(second);
  end_well(copy);
}

}  // namespace
}  // namespace thuisbasis
