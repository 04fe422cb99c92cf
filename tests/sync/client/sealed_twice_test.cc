// SPDX-License-Identifier: EUPL-1.2
// The same changes, sealed by a vault and by its copy: the relay has one of the sealings (PROTOCOL.md P-118).
#include "tests/sync/client/copied_vault.h"

namespace thuisbasis {
namespace {

/// Both seal the same change under the same number, each under its own time; and to what the relay has of it
/// all times are limited.
TEST_F(CopiedVault, TakesTheSealingThatTheRelayHasOfWorkThatBothSealed) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const WallMs now = tablet.clock.wall_ms();
  tablet.clock.set_wall(now + 3'600'000);
  const RecordId goal = put_goal(tablet, circle, "Geschreven op een klok die voorloopt");
  Device copy(tablet, 21);
  tablet.clock.set_wall(now);
  copy.clock.set_wall(now + 60'000);
  sync_all(copy);
  EXPECT_EQ(laptop.vault.history(goal)->size(), 1U);
  expect_all_same(copy, circle);
}

/// Work of the tablet under a clock that runs ahead, which a copy seals under another time.
struct SealedTwice : CopiedVault {
  SealedTwice() {
    circle = shared_circle();
    sync(tablet);
    const WallMs now = tablet.clock.wall_ms();
    tablet.clock.set_wall(now + 3'600'000);
    goal = put_goal(tablet, circle, "Geschreven op een klok die voorloopt");
    copy.emplace(tablet, 21);
    tablet.clock.set_wall(now);
    copy->clock.set_wall(now + 60'000);
  }
  static Bytes only_bundle(Device& device) {
    const Outgoing outgoing = device.vault.sync().outgoing(kAnySize, 0).value();
    EXPECT_EQ(outgoing.bundles.size(), 1U);
    return outgoing.bundles.at(0);
  }
  /// As after the relay's refusal for good: what travels is the commitments.
  static void refuse(Device& device) {
    const BundleHeader header = parse_bundle(only_bundle(device)).value().header;
    const Refused refusal{
        Refused::Reason::kMalformed, header.circle, header.author, header.first, header.last, 0, 0};
    for (const bool again : {true, false}) {
      EXPECT_EQ(device.vault.sync().refused({refusal}, device.clock.wall_ms()).value(), again);
      EXPECT_TRUE(device.vault.sync().outgoing(std::size_t{8} << 20, 0));
    }
  }
  std::uint64_t last_sequence() { return storage.circle(circle)->value().head; }
  /// The device reads the circle's log of a new relay, the last item with other bytes.
  void read_anew(Device& device, const Bytes& last) {
    meet_new_relay(device);
    Log log = log_of(circle);
    log.arrivals.back().bytes = last;
    ASSERT_TRUE(device.vault.sync().arrived(log.arrivals));
  }

  CircleId circle;
  RecordId goal;
  std::optional<Device> copy;
};

/// The copy says a digest of a state with its own sealing, which is damaged on its way to the tablet: that is
/// no difference for a person to hear of.
TEST_F(SealedTwice, ComparesNoStateWhileTheRelaysSealingIsOnItsWay) {
  only_bundle(tablet);
  sync(*copy);
  put_goal(*copy, circle, "Daarna");
  sync(*copy);
  Log log = log_of(circle);
  const std::size_t other = log.bodies.size() - 2;
  log.bodies[other].back() ^= 1;
  ASSERT_TRUE(tablet.vault.sync().arrived({log.arrivals[other], log.arrivals[other + 1]}));
  EXPECT_EQ(tablet.vault.history(goal)->size(), 1U);
  const auto damage = tablet.vault.examine()->damage;
  EXPECT_TRUE(std::none_of(damage.begin(), damage.end(), [](const std::string& one) {
    return one.find("different state") != std::string::npos;
  }));
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

TEST_F(SealedTwice, KeepsWhatStandsInTheRelaysLog) {
  const Bytes other = only_bundle(*copy);
  sync(tablet);
  sync(laptop);
  ASSERT_TRUE(tablet.vault.sync().arrived({{circle, last_sequence(), false, other}}));
  expect_same(circle);
}

TEST_F(SealedTwice, NeverGivesContentAwayForItsCommitments) {
  sync(tablet);
  sync(laptop);
  refuse(*copy);
  read_anew(laptop, only_bundle(*copy));
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Geschreven op een klok die voorloopt");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
}

TEST_F(SealedTwice, PutsIntoTheTrayWhatTheRelayHasOnlyTheCommitmentsOf) {
  refuse(tablet);
  sync(tablet);
  sync_all(*copy);
  EXPECT_EQ(copy->vault.returned()->size(), 1U);
  EXPECT_EQ(copy->vault.get(kGoal, goal).error().code(), Code::kNotFound);
  EXPECT_EQ(copy->vault.status()->sent, 0U);
  EXPECT_EQ(copy->vault.digest(circle).value(), tablet.vault.digest(circle).value());
  expect_same(circle);
}

TEST_F(SealedTwice, IsConfirmedByNoReceiptOfAFormerLog) {
  sync(tablet);
  ASSERT_EQ(tablet.vault.status(goal).value(), WriteState::kConfirmed);
  const Bytes sealed = log_of(circle).bodies.back();
  read_anew(tablet, sealed);
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kSent);
  EXPECT_EQ(only_bundle(tablet), sealed) << "offered as the relay has it";
}

/// Neither a receipt nor a refusal: the relay has it in another sealing, at a place where this device read
/// something else once.
TEST_F(SealedTwice, IsAskedForFromTheBeginningOnceWhenTheRelaySaysNothingOfIt) {
  const auto silence = [&]() {
    SyncPort& port = tablet.vault.sync();
    EXPECT_EQ(port.outgoing(kAnySize, 0)->bundles.size(), 1U);
    EXPECT_TRUE(port.positions());
    return port.heard_all().value();
  };
  ASSERT_FALSE(tablet.vault.sync().positions()->empty());
  EXPECT_TRUE(silence());
  EXPECT_TRUE(tablet.vault.sync().positions()->empty());
  ask_in_vain(tablet);
  EXPECT_FALSE(silence());
}

/// What was sealed last says a digest of the state before it: under the tablet's time of the first.
TEST_F(SealedTwice, SaysNoDigestOfAStateThatNobodyElseHas) {
  only_bundle(*copy);
  sync(tablet);
  for (FakeClock* one : {&clock, &tablet.clock, &laptop.clock}) one->advance(2 * 3'600'000);
  put_goal(tablet, circle, "Daarna, verzegeld en niet verzonden");
  only_bundle(tablet);
  MemoryRelayStorage empty{random_id<RelayEpoch>(random)};
  storage.restore(empty.backup());
  relay.open(storage);
  sync(*copy);
  ASSERT_TRUE(tablet.vault.sync().met_relay(storage.epoch().value(), relay.receipt_key()));
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

/// Work that the tablet and its copy both seal, one of them after it heard of the laptop's.
struct SealedAfterOther : CopiedVault {
  SealedAfterOther() {
    circle = shared_circle();
    sync(tablet);
    sync(laptop);
    put_goal(tablet, circle, "Nog niet verzonden");
    copy.emplace(tablet, 21);
    put_goal(laptop, circle, "Van de laptop");
    sync(laptop);
  }
  /// The device reads the circle's log and sends nothing.
  void only_read(Device& device) {
    const Log log = log_of(circle);
    ASSERT_TRUE(device.vault.sync().arrived(log.arrivals));
  }
  static void seal(Device& device) { ASSERT_TRUE(device.vault.sync().outgoing(kAnySize, 0)); }

  CircleId circle;
  std::optional<Device> copy;
};

TEST_F(SealedAfterOther, SaysAnewWhatItHadSeenWhenItsOwnSealingGaveWay) {
  seal(tablet);
  put_goal(tablet, circle, "Daarna, apart verzegeld");
  seal(tablet);
  only_read(*copy);
  sync(*copy);
  only_read(tablet);
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

TEST_F(SealedAfterOther, HearsOfTheOtherSealingBeforeWhatFollowsIsTaken) {
  seal(tablet);
  put_goal(tablet, circle, "Daarna, apart verzegeld");
  seal(tablet);
  only_read(*copy);
  sync(*copy);
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

TEST_F(SealedAfterOther, ToldNobodyWhatOnlyItsOwnSealingSaid) {
  only_read(tablet);
  seal(tablet);
  sync(*copy);
  sync(tablet);
  put_goal(tablet, circle, "Daarna");
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

}  // namespace
}  // namespace thuisbasis
