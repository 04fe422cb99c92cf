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
  /// What the device holds is under way, and no relay got it.
  static void seal(Device& device) {
    ASSERT_FALSE(device.vault.sync().outgoing(kAnySize, 0)->bundles.empty());
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

/// Nobody can honestly have seen what is not sealed. A colleague who guesses the number of our next change,
/// and says that his builds on it, would else be seen by the bundle that it goes in, and each wait for the
/// other.
TEST_F(BuiltOnUnsent, WaitsUntilThatWorkIsSealed) {
  Device copy(tablet, 21);
  build_on_the_tablets_work();
  read(copy, {bundle_from_end(0)});
  EXPECT_EQ(copy.vault.status()->quarantined, 1U);
  EXPECT_EQ(goal_of(copy, goal).why(), "");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  end_well(copy);
}

/// Nothing more need arrive for it.
TEST_F(BuiltOnUnsent, IsTakenOnceThatWorkIsSealed) {
  Device copy(tablet, 21);
  build_on_the_tablets_work();
  read(copy, {bundle_from_end(0)});
  ASSERT_EQ(copy.vault.status()->quarantined, 1U);
  seal(copy);
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  end_well(copy);
}

TEST_F(BuiltOnUnsent, WaitsForWorkThatMakesWay) {
  Device copy(tablet, 21);
  seal(copy);
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
  seal(copy);
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
  seal(copy);
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
TEST_F(BuiltOnUnsent, KeepsWorkThatReplacesItUntilItIsBack) {
  Device copy(tablet, 21);
  for (const char* what : {"Eerst in de kopie", "Daarna in de kopie"}) put_goal(copy, circle, what);
  put_goal(tablet, circle, "Alleen op de tablet");
  sync(tablet);
  for (const char* what : {"Daarna op de tablet", "En daarna"}) put_goal(tablet, circle, what);
  build_on_the_tablets_work();
  put_goal(copy, circle, "Als laatste in de kopie");
  seal(copy);
  read(copy, {bundle_from_end(0)});
  const Record record = copy.vault.get(kGoal, goal).value();
  auto edited = copy.vault.read_as<records::Goal>(record).value();
  edited.set_why("Van de kopie");
  const WriteId edit = copy.vault.save(record, edited).value();
  const std::uint64_t under_way = copy.vault.status()->pending + copy.vault.status()->sent;
  read(copy, {bundle_from_end(2)});
  EXPECT_EQ(copy.vault.status()->quarantined, 1U);
  EXPECT_EQ(copy.vault.status()->pending + copy.vault.status()->sent, under_way - 1)
      << "all but what the relay has already";
  EXPECT_EQ(copy.vault.status(edit).value(), WriteState::kPending);
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  EXPECT_EQ(copy.vault.status(edit).value(), WriteState::kPending);
  end_well(copy);
  EXPECT_EQ(copy.vault.status(edit).value(), WriteState::kConfirmed);
  EXPECT_EQ(goal_of(laptop, goal).why(), "Van de kopie");
  EXPECT_EQ(goals_of(laptop), 7U);
  EXPECT_EQ(laptop.vault.conflicts()->size(), 0U);
}

TEST_F(BuiltOnUnsent, ComesBackThoughAnotherCopyWroteIt) {
  Device copy(tablet, 21);
  Device second(tablet, 22);
  seal(copy);
  sync(tablet);
  read(second, {bundle_from_end(0)});
  edit_why(second, goal, "Van de tweede kopie");
  sync(second);
  read(copy, {bundle_from_end(0)});
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de tweede kopie");
  edit_why(copy, goal, "Van de kopie");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de kopie");
  sync(second);
  end_well(copy);
  EXPECT_EQ(goal_of(laptop, goal).why(), "Van de kopie");
}

/// What was asked about when it came is not asked about again.
TEST_F(BuiltOnUnsent, ComesBackThoughItChangesMost) {
  std::vector<RecordId> goals;
  for (int i = 0; i < 40; ++i) goals.push_back(put_goal(tablet, circle, "Doel " + std::to_string(i)));
  Device copy(tablet, 21);
  seal(copy);
  sync(tablet);
  sync(laptop);
  {
    auto batch = laptop.vault.begin().value();
    for (const RecordId& one : goals) ASSERT_TRUE(laptop.vault.erase(laptop.vault.get(kGoal, one).value()));
    ASSERT_TRUE(batch.commit());
  }
  ASSERT_TRUE(laptop.vault.allow_mass_changes(circle));
  sync(laptop);
  read(copy, {bundle_from_end(0)});
  ASSERT_TRUE(copy.vault.allow_mass_changes(circle));
  EXPECT_EQ(goals_of(copy), 1U);
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goals_of(copy), 1U);
  sync(tablet);
  ASSERT_TRUE(tablet.vault.allow_mass_changes(circle));
  end_well(copy);
}

/// Two copies used the same numbers, and the relay that had the one copy's work lost the beginning of it:
/// what came of it is written again, and so is ours when the beginning comes after all.
TEST_F(BuiltOnUnsent, IsWrittenAgainBesideOursOfThatNumber) {
  sync(tablet);
  Device copy(tablet, 21);
  for (const char* what : {"Eerst op de tablet", "Daarna op de tablet"}) {
    put_goal(tablet, circle, what);
    sync(tablet);
  }
  for (const char* what : {"Eerst in de kopie", "Daarna in de kopie"}) put_goal(copy, circle, what);
  seal(copy);
  read(copy, {bundle_from_end(0)});
  ASSERT_EQ(copy.vault.status()->quarantined, 1U);
  meet_new_relay(copy);
  EXPECT_FALSE(copy.vault.sync().outgoing(kAnySize, 0)->bundles.empty());
  ASSERT_EQ(copy.vault.status()->quarantined, 0U);
  end_well(copy);
  EXPECT_EQ(goals_of(laptop), 5U);
}

/// Work of ours waits for a colleague's to come back, under a number that a copy used for other work, which
/// was written again meanwhile.
TEST_F(BuiltOnUnsent, IsKeptThoughOtherWorkOfItsNumberWentOn) {
  sync(tablet);
  Device copy(tablet, 21);
  for (const char* what : {"Eerst in de kopie", "Daarna in de kopie"}) put_goal(copy, circle, what);
  for (const char* what : {"Eerst op de tablet", "Daarna op de tablet"}) {
    put_goal(tablet, circle, what);
    sync(tablet);
  }
  build_on_the_tablets_work();
  put_goal(tablet, circle, "Als laatste op de tablet");
  sync(tablet);
  seal(copy);
  read(copy, {bundle_from_end(1)});
  const Record record = copy.vault.get(kGoal, goal).value();
  auto edited = copy.vault.read_as<records::Goal>(record).value();
  edited.set_why("Van de kopie");
  const WriteId edit = copy.vault.save(record, edited).value();
  read(copy, {bundle_from_end(0)});
  ASSERT_EQ(copy.vault.status()->quarantined, 1U);
  meet_new_relay(copy);
  ASSERT_TRUE(copy.vault.sync().outgoing(kAnySize, 0));
  ASSERT_EQ(copy.vault.status()->quarantined, 0U) << "written again";
  EXPECT_NE(copy.vault.status(edit).value(), WriteState::kConfirmed);
  Log log = log_of(circle);
  log.arrivals.resize(log.arrivals.size() - 3);
  ASSERT_TRUE(copy.vault.sync().arrived(log.arrivals));
  EXPECT_EQ(copy.vault.status(edit).value(), WriteState::kPending);
  end_well(copy);
  EXPECT_EQ(copy.vault.status(edit).value(), WriteState::kConfirmed);
  EXPECT_EQ(goal_of(laptop, goal).why(), "Van de kopie");
  EXPECT_EQ(goals_of(laptop), 6U);
}

/// A relay that gave one bundle two places, before it lost them: the work is written again once.
TEST_F(BuiltOnUnsent, IsWrittenAgainOnceThoughItCameTwice) {
  Device copy(tablet, 21);
  sync(tablet);
  for (const char* what : {"Eerst op de tablet", "Daarna op de tablet"}) {
    put_goal(tablet, circle, what);
    sync(tablet);
  }
  seal(copy);
  read(copy, {bundle_from_end(2), bundle_from_end(0), bundle_from_end(0)});
  ASSERT_EQ(copy.vault.status()->quarantined, 2U);
  meet_new_relay(copy);
  EXPECT_EQ(copy.vault.sync().outgoing(kAnySize, 0)->bundles.size(), 2U);
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goals_of(copy), 2U);
}

/// The other copy's work had waited since before the relay's log was another, and is taken with the answer in
/// which ours is refused for it: no relay ever confirmed ours, and nobody need hear of it.
TEST_F(BuiltOnUnsent, MakesWayBeforeItIsRefused) {
  sync(tablet);
  Device copy(tablet, 21);
  sync(laptop);
  put_goal(laptop, circle, "Van de laptop");
  sync(laptop);
  sync(tablet);
  put_goal(tablet, circle, "Op de tablet");
  sync(tablet);
  read(copy, {bundle_from_end(0)});
  ASSERT_EQ(copy.vault.status()->quarantined, 1U);
  ASSERT_TRUE(copy.vault.sync().logs_differ({{circle, {}, {}}}));
  put_goal(copy, circle, "In de kopie");
  Outgoing outgoing = copy.vault.sync().outgoing(kAnySize, 0).value();
  while (outgoing.asks_first) outgoing = copy.vault.sync().outgoing(kAnySize, 0).value();  // no answer comes
  ASSERT_FALSE(outgoing.bundles.empty());
  const BundleHeader ours = parse_bundle(outgoing.bundles.back()).value().header;
  ASSERT_EQ(ours.author, parse_bundle(bundle_from_end(0)).value().header.author);
  Log log = log_of(circle);
  log.arrivals.pop_back();
  ASSERT_TRUE(copy.vault.sync().arrived(log.arrivals));
  ASSERT_EQ(copy.vault.status()->quarantined, 0U);
  ASSERT_TRUE(copy.vault.sync().refused(
      {{Refused::Reason::kFork, circle, ours.author, ours.first, ours.last, 0, 0}}, clock.wall_ms()));
  EXPECT_TRUE(copy.vault.examine()->damage.empty());
  end_well(copy);
  EXPECT_EQ(goals_of(laptop), 4U);
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
  EXPECT_EQ(copy.vault.status()->quarantined, 1U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de kopie");
  read(copy, {bundle_from_end(1)});
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Van de laptop");
  sync(second);
  end_well(copy);
}

}  // namespace
}  // namespace thuisbasis
