// SPDX-License-Identifier: EUPL-1.2
// What becomes of work that the relay refuses, and of receipts that do not match.
#include "core/verify/bundle_header.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::kGoal;
using testing_support::MemoryRelayStorage;
using testing_support::TwoDevices;

constexpr std::size_t kAnySize = std::size_t{8} << 20;

struct RefusedWork : TwoDevices {
  BundleHeader sealed_header() {
    const Outgoing outgoing = tablet.vault.sync().outgoing(kAnySize, 0).value();
    EXPECT_EQ(outgoing.bundles.size(), 1U);
    return parse_bundle(outgoing.bundles.at(0)).value().header;
  }
  void refuse(const BundleHeader& header, Refused::Reason reason, std::uint64_t expected = 0) {
    if (!hears(header, reason, expected)) return;
    ASSERT_TRUE(tablet.vault.sync().outgoing(kAnySize, 0)) << "it is offered once more";
    EXPECT_FALSE(hears(header, reason, expected));
  }
  /// True when it is to be heard again.
  bool hears(const BundleHeader& header, Refused::Reason reason, std::uint64_t expected = 0) {
    const auto again = tablet.vault.sync().refused(
        {{reason, header.circle, header.author, header.first, header.last, expected, 0}}, clock.wall_ms());
    EXPECT_TRUE(again) << again.error().message();
    return again.value_or(false);
  }
};

/// One answer may be damaged on its way.
TEST_F(RefusedWork, ComesBackOnlyWhenTheRelayRefusesItOnceMore) {
  const CircleId circle = shared_circle();
  put_goal(tablet, circle, "Twee keer");
  const BundleHeader header = sealed_header();
  EXPECT_TRUE(hears(header, Refused::Reason::kMalformed));
  EXPECT_TRUE(hears(header, Refused::Reason::kMalformed)) << "twice in one answer";
  EXPECT_EQ(tablet.vault.status()->sent, 1U);
  EXPECT_EQ(sealed_header().first, header.first) << "it is offered again";
  EXPECT_FALSE(hears(header, Refused::Reason::kQuota)) << "another answer between";
  EXPECT_EQ(sealed_header().first, header.first);
  EXPECT_TRUE(hears(header, Refused::Reason::kMalformed));
  EXPECT_EQ(tablet.vault.status()->returned, 0U);
  EXPECT_EQ(sealed_header().first, header.first);
  EXPECT_FALSE(hears(header, Refused::Reason::kTooLarge));
  EXPECT_EQ(tablet.vault.status()->returned, 1U);
}

/// Refusals are not signed, and a bit may flip on the way of one of a bundle.
TEST_F(RefusedWork, IsAnEntryOfWhichAPersonHearsWhenTwoAnswersSaySo) {
  const CircleId circle = shared_circle();
  const auto hears_of_entry = [&] {
    EXPECT_FALSE(tablet.vault.sync().outgoing(kAnySize, 0)->entries.empty());
    return tablet.vault.sync()
        .refused({{Refused::Reason::kBadEntry, circle, {}, 0, 0, 0, 1}}, clock.wall_ms())
        .value();
  };
  EXPECT_TRUE(hears_of_entry()) << "it is offered once more in this round";
  EXPECT_TRUE(tablet.vault.examine()->damage.empty());
  EXPECT_FALSE(hears_of_entry());
  EXPECT_EQ(tablet.vault.examine()->damage.size(), 1U);
}

TEST_F(RefusedWork, IsNoForkByTheWordOfOneAnswer) {
  const CircleId circle = shared_circle();
  sync(tablet);
  put_goal(tablet, circle, "Geen fork");
  const BundleHeader header = sealed_header();
  EXPECT_TRUE(hears(header, Refused::Reason::kFork));
  sync(tablet);
  EXPECT_EQ(tablet.vault.account()->confirmed, 1U);
  EXPECT_TRUE(tablet.vault.examine()->damage.empty());
  EXPECT_EQ(tablet.vault.self().instance, header.author.instance) << "no new one";
}

TEST_F(RefusedWork, IsOfferedAgainInTheSameRoundAndConfirmedThere) {
  const CircleId circle = shared_circle();
  sync(tablet);
  put_goal(tablet, circle, "Niet geweigerd");
  const BundleHeader header = sealed_header();
  relay.on_answer = [&](HttpResponse& answer) {
    Bytes body;
    FrameReader reader(answer.body);
    while (auto frame = reader.next().value()) {
      if (std::holds_alternative<ReceiptsFrame>(*frame))
        frame = RefusalFrame{
            RefusalReason::kBadSignature, circle, header.author, header.first, header.last, 0, 0};
      append_frame(body, *frame);
    }
    answer.body = std::move(body);
    relay.on_answer = {};
  };
  sync(tablet);
  EXPECT_EQ(tablet.report.refused, 1U);
  EXPECT_EQ(tablet.report.arrived, 0U) << "the log is not read again for it";
  EXPECT_EQ(tablet.vault.account()->confirmed, 1U);
  EXPECT_TRUE(tablet.vault.examine()->damage.empty()) << tablet.vault.examine()->damage.front();
}

TEST_F(RefusedWork, TravelsOnAsACommitmentSoThatLaterWorkArrives) {
  const CircleId circle = shared_circle();
  const RecordId first = put_goal(tablet, circle, "Komt aan");
  sync(tablet);
  const RecordId refused = put_goal(tablet, circle, "Wordt geweigerd");
  edit_why(tablet, first, "Ook geweigerd");
  refuse(sealed_header(), Refused::Reason::kMalformed);
  VaultStatus status = tablet.vault.status().value();
  EXPECT_EQ(status.returned, 2U);
  EXPECT_EQ(status.sent, 0U);
  EXPECT_EQ(tablet.vault.circle(circle)->unconfirmed, 0U);
  EXPECT_EQ(tablet.vault.account().value(), (WriteAccount{0, 0, 1, 2}));
  EXPECT_EQ(tablet.vault.status(first).value(), WriteState::kReturned) << "its last edit, at least";

  const RecordId later = put_goal(tablet, circle, "Komt ook aan");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, later).statement(), "Komt ook aan");
  EXPECT_EQ(goal_of(laptop, first).why(), "");
  EXPECT_EQ(laptop.vault.get(kGoal, refused).error().code(), Code::kNotFound);
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  status = tablet.vault.status().value();
  EXPECT_EQ(status.pending + status.sent, 0U);
  EXPECT_EQ(tablet.vault.account().value(), (WriteAccount{0, 0, 2, 2}));
  ASSERT_EQ(tablet.vault.returned()->size(), 2U);
  EXPECT_FALSE(tablet.vault.returned()->front().change.empty()) << "the content stays with its author";
  expect_same(circle);
}

/// A relay that was put back to before the admission: what it lacks is the log.
TEST_F(RefusedWork, OfWhomOurLogKnowsAsAMemberIsOfferedAgainWithTheLog) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const RecordId goal = put_goal(tablet, circle, "Blijft onderweg");
  refuse(sealed_header(), Refused::Reason::kNotMember);
  EXPECT_EQ(tablet.vault.status()->returned, 0U);
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kSent);
  EXPECT_FALSE(tablet.vault.sync().outgoing(kAnySize, 0)->entries.empty());
  sync(tablet);
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kConfirmed);
}

TEST_F(RefusedWork, StaysInTheTrayWhenEvenItsCommitmentIsRefused) {
  const CircleId circle = shared_circle();
  sync(tablet);
  put_goal(tablet, circle, "Wordt geweigerd");
  refuse(sealed_header(), Refused::Reason::kMalformed);
  refuse(sealed_header(), Refused::Reason::kMalformed);
  EXPECT_TRUE(tablet.vault.sync().outgoing(kAnySize, 0)->bundles.empty()) << "not sent again and again";
  EXPECT_EQ(tablet.vault.status()->returned, 1U);
  tablet.reopen();
  EXPECT_EQ(tablet.vault.sync().outgoing(kAnySize, 0)->bundles.size(), 1U) << "tried once more";
}

TEST_F(RefusedWork, GoesOnAsAnotherInstanceWhenTheRelaySaysForkAndShowsNothing) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const RecordId goal = put_goal(tablet, circle, "Telt");
  const BundleHeader before = sealed_header();
  refuse(before, Refused::Reason::kFork);
  const Outgoing asking = tablet.vault.sync().outgoing(kAnySize, 0).value();
  EXPECT_TRUE(asking.bundles.empty()) << "first it asks what the relay has";
  EXPECT_TRUE(asking.more);
  EXPECT_TRUE(tablet.vault.sync().outgoing(kAnySize, 0)->bundles.empty()) << "no answer came yet";
  ASSERT_TRUE(tablet.vault.sync().heard_all());
  const BundleHeader after = sealed_header();
  EXPECT_NE(after.author, before.author);
  EXPECT_EQ(after.author.device, before.author.device);
  EXPECT_EQ(after.first, 1U);
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Telt");
  expect_same(circle);
}

TEST_F(RefusedWork, FollowsAWriteUnderItsNewNumber) {
  const CircleId circle = shared_circle();
  sync(tablet);
  records::Goal goal;
  goal.set_statement("Telt");
  const WriteId write = tablet.vault.save(tablet.vault.prepare(kGoal, circle).value(), goal).value();
  for (int instance = 0; instance < 3; ++instance) {
    refuse(sealed_header(), Refused::Reason::kFork);
    EXPECT_TRUE(tablet.vault.sync().outgoing(kAnySize, 0)->bundles.empty());
    ASSERT_TRUE(tablet.vault.sync().heard_all());
    EXPECT_EQ(sealed_header().first, 1U);
    EXPECT_EQ(tablet.vault.status(write).value(), WriteState::kSent);
  }
  sync(tablet);
  EXPECT_EQ(tablet.vault.status(write).value(), WriteState::kConfirmed);
}

TEST_F(RefusedWork, HoldsUpLaterWorkOfThatCircleOnly) {
  const CircleId forked = shared_circle();
  const CircleId other = shared_circle("thuis");
  sync(tablet);
  put_goal(tablet, forked, "Botst");
  const RecordId pending = put_goal(tablet, other, "Van de oude instantie");
  const Outgoing sealed = tablet.vault.sync().outgoing(kAnySize, 0).value();
  ASSERT_EQ(sealed.bundles.size(), 2U);
  for (const Bytes& bundle : sealed.bundles) {
    const BundleHeader header = parse_bundle(bundle).value().header;
    if (header.circle == forked) refuse(header, Refused::Reason::kFork);
  }
  // Builds on what the old instance wrote, so it must not travel before that is known to be what others see.
  edit_why(tablet, pending, "Van de nieuwe instantie");
  const Outgoing next = tablet.vault.sync().outgoing(kAnySize, 0).value();
  ASSERT_EQ(next.bundles.size(), 1U);
  EXPECT_EQ(next.bundles.front(), sealed.bundles.back());
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, pending).why(), "Van de nieuwe instantie");
  expect_same(forked);
  expect_same(other);
}

TEST_F(RefusedWork, IsOfferedAgainWhenTheRelayForgotWhatCameBefore) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const MemoryRelayStorage::Backup early = storage.backup();
  const RecordId lost = put_goal(tablet, circle, "Door de relay vergeten");
  sync(tablet);
  storage.restore(early);  // without a new epoch: nobody told the devices
  relay.open(storage);
  const RecordId next = put_goal(tablet, circle, "Volgt erop");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, lost).statement(), "Door de relay vergeten");
  EXPECT_EQ(goal_of(laptop, next).statement(), "Volgt erop");
  EXPECT_EQ(tablet.vault.status()->sent, 0U);
  expect_same(circle);
}

TEST_F(RefusedWork, IsConfirmedThoughAReceiptOfSomethingElseStandsBesideIt) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const RecordId goal = put_goal(tablet, circle, "Telt");
  const BundleHeader header = sealed_header();
  const Bytes sealed = tablet.vault.sync().outgoing(kAnySize, 0)->bundles.back();
  const BundleReceipt ours{
      circle, 9, header.author, header.first, header.last, header.chain, bundle_hash(sealed)};
  BundleReceipt unknown_range = ours;
  unknown_range.last += 7;
  BundleReceipt unknown_circle = ours;
  unknown_circle.circle = random_id<CircleId>(random);
  BundleReceipt other_sealing = ours;
  other_sealing.bundle = random_id<Sha256Digest>(random);
  const auto taken =
      tablet.vault.sync().confirmed({unknown_range, unknown_circle, other_sealing, ours}, as_bytes("proof"));
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(*taken, 1U);
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kConfirmed);
}

TEST_F(RefusedWork, OfTwoWhoCreatedTheSameRecordGivesWayByTheCorrectedTime) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  // The laptop's clock runs ten years ahead; its creation counts from when the relay heard of it.
  laptop.clock.advance(10LL * 365 * 24 * 3600 * 1000);
  const RecordId id = random_id<RecordId>(random);
  const auto create = [&](testing_support::Device& device, const std::string& text) {
    const Record draft = device.vault.prepare(kGoal, circle, id).value();
    records::Goal goal;
    goal.set_statement(text);
    goal.set_family(std::string(16, text.front()));
    ASSERT_TRUE(device.vault.save(draft, goal));
  };
  create(laptop, "laptop");
  clock.advance(60'000);
  tablet.clock.advance(3600'000);
  create(tablet, "tablet");
  sync(tablet);
  sync(laptop);
  sync(tablet);
  sync(laptop);
  expect_same(circle);
}

/// Whatever a relay says of work it signed for: others know it, so it stays as it is.
TEST_F(RefusedWork, ThatWasConfirmedOnceIsNeverTakenBack) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Bevestigd");
  sync(tablet);
  sync(laptop);
  const RecordId gap = put_goal(tablet, circle, "Vraagt om alles");
  for (const Refused::Reason reason :
       {Refused::Reason::kMalformed, Refused::Reason::kFork, Refused::Reason::kNotMember}) {
    SCOPED_TRACE(static_cast<int>(reason));
    const Outgoing first = tablet.vault.sync().outgoing(kAnySize, 0).value();
    refuse(parse_bundle(first.bundles.back()).value().header, Refused::Reason::kNumberGap, 1);
    const Outgoing again = tablet.vault.sync().outgoing(kAnySize, 0).value();
    ASSERT_EQ(again.bundles.size(), 2U);
    refuse(parse_bundle(again.bundles.front()).value().header, reason);
    for (int request = 0; request < 3; ++request) {
      ASSERT_TRUE(tablet.vault.sync().outgoing(kAnySize, 0));
      ASSERT_TRUE(tablet.vault.sync().heard_all());
    }
    EXPECT_EQ(tablet.vault.status()->returned, 0U);
    EXPECT_EQ(goal_of(tablet, goal).statement(), "Bevestigd");
    EXPECT_EQ(tablet.vault.history(goal)->size(), 1U);
    tablet.reopen();
  }
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, gap).statement(), "Vraagt om alles");
  EXPECT_EQ(tablet.vault.digest(circle).value(), laptop.vault.digest(circle).value());
  EXPECT_FALSE(tablet.vault.examine()->damage.empty()) << "a person hears of it";
}

/// A relay that was put back may have its clock put back too: what it held once keeps its time.
TEST_F(RefusedWork, ForTheClockKeepsTheTimeThatOthersKnow) {
  const CircleId circle = shared_circle();
  put_goal(tablet, circle, "Bevestigd");
  sync(tablet);
  sync(laptop);
  put_goal(tablet, circle, "Vraagt om alles");
  const Outgoing first = tablet.vault.sync().outgoing(kAnySize, 0).value();
  refuse(parse_bundle(first.bundles.back()).value().header, Refused::Reason::kNumberGap, 1);
  const Outgoing before = tablet.vault.sync().outgoing(kAnySize, 0).value();
  ASSERT_EQ(before.bundles.size(), 2U);
  constexpr std::int64_t kWeek = 7LL * 24 * 3'600'000;
  clock.advance(-kWeek);
  refuse(parse_bundle(before.bundles.front()).value().header, Refused::Reason::kClock);
  EXPECT_TRUE(tablet.vault.sync().outgoing(kAnySize, -kWeek).value().bundles.empty())
      << "not offered for now";
  clock.advance(kWeek);
  const Outgoing after = tablet.vault.sync().outgoing(kAnySize, 0).value();
  ASSERT_EQ(after.bundles.size(), 2U);
  EXPECT_EQ(after.bundles.front(), before.bundles.front());
}

TEST_F(RefusedWork, IsOnlyWhatWasOffered) {
  const CircleId circle = shared_circle();
  sync(tablet);
  put_goal(tablet, circle, "Nog niet verzonden");
  const BundleHeader header = sealed_header();
  BundleHeader other = header;
  other.first = 99;
  refuse(other, Refused::Reason::kMalformed);
  EXPECT_EQ(tablet.vault.status()->returned, 0U);
  EXPECT_EQ(tablet.vault.status()->sent, 1U);
}

TEST_F(RefusedWork, OffersTheLogAgainToARelayThatLostIt) {
  const MemoryRelayStorage::Backup empty = storage.backup();
  const CircleId circle = shared_circle();
  const RecordId first = put_goal(tablet, circle, "Voor het verlies");
  sync(tablet);
  storage.restore(empty);  // without a new epoch
  relay.open(storage);
  const RecordId second = put_goal(tablet, circle, "Na het verlies");
  sync(tablet);
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, first).statement(), "Voor het verlies");
  EXPECT_EQ(goal_of(laptop, second).statement(), "Na het verlies");
}

TEST_F(RefusedWork, IsNotSyncedWhileItMayStillBeTakenBack) {
  const CircleId circle = shared_circle();
  sync(tablet);
  {
    auto batch = tablet.vault.begin().value();
    put_goal(tablet, circle, "Wordt teruggenomen");
    EXPECT_EQ(tablet.sync(relay).error().code(), Code::kLocked);
  }
  const RecordId kept = put_goal(tablet, circle, "Blijft");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, kept).statement(), "Blijft");
  ListFilter goals;
  goals.kind = kGoal;
  EXPECT_EQ(laptop.vault.list(goals)->size(), 1U);
}

}  // namespace
}  // namespace thuisbasis
