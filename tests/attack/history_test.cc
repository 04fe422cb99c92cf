// SPDX-License-Identifier: EUPL-1.2
// Rows D6, D7, D9 and D11 of the checklist: another past, another time, and numbers at their ends.
#include <limits>

#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_D = AttackTown;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

/// D6: the image of a tablet is put back, and the relay hides from it what the tablet wrote since.
TEST_F(attack_D, D6_ATabletThatWasPutBackStopsAndGoesOnAsAnother) {
  put_goal(tablet, circle, "Van voor de back-up");
  sync(tablet);
  Device restored(tablet, 21);
  const Author before = restored.vault.self();
  const RecordId since = put_goal(tablet, circle, "Van na de back-up");
  sync(tablet);
  const RecordId rival = put_goal(restored, circle, "In de oude toestand geschreven");
  for (int round = 0; round < 3; ++round) sync_without(restored, is_of(tablet));
  sync_all();
  for (Device* device : {&colleague, &laptop}) EXPECT_TRUE(shows(*device, since));
  EXPECT_EQ(alarms_of(laptop).count(Alarm::kFrontierDiffers), 0U) << "no number says two things";
  for (int round = 0; round < 3; ++round) sync(restored);
  EXPECT_NE(restored.vault.self(), before);
  EXPECT_TRUE(alarms_of(restored).contains(Alarm::kNewInstance));
  for (int round = 0; round < 2; ++round) sync_all();
  for (Device* device : {&tablet, &colleague, &laptop, &restored}) {
    EXPECT_TRUE(shows(*device, since));
    EXPECT_TRUE(shows(*device, rival));
  }
  expect_peace();
}

/// D7: a relay and an author show two members two different first changes.
TEST_F(attack_D, D7_TwoFacesOfOneAuthorAreEvidence) {
  let_insider_in();
  const ChainPoint start = insider.head();
  const RecordId one_id = random_id<RecordId>(random);
  const RecordId other_id = random_id<RecordId>(random);
  const Bytes one = insider.seal({insider.goal(one_id, "Voor de een", clock.wall_ms())});
  insider.go_back_to(start);
  const Bytes other = insider.seal({insider.goal(other_id, "Voor de ander", clock.wall_ms())});
  sync_and_put_in(tablet, one);
  sync_and_put_in(colleague, other);
  ASSERT_TRUE(shows(tablet, one_id));
  ASSERT_TRUE(shows(colleague, other_id));
  // One word between the two, and it shows.
  put_goal(tablet, circle, "Wie dit las, las iets anders");
  const std::vector<Bytes> word = sealed_by(tablet);
  ASSERT_EQ(word.size(), 1U);
  sync_and_put_in(colleague, word.front());
  EXPECT_TRUE(alarms_of(colleague).contains(Alarm::kFrontierDiffers));
  // And who sees both has both in hand, each with its author's signature.
  const std::uint64_t before = tablet.vault.status()->quarantined;
  sync_and_put_in(tablet, other);
  EXPECT_EQ(tablet.vault.status()->quarantined, before + 1);
  EXPECT_FALSE(shows(tablet, other_id));
  EXPECT_NE(parse_bundle(one)->header.chain, parse_bundle(other)->header.chain);
  for (const Bytes& evidence : {one, other})
    EXPECT_TRUE(verify_bundle(*parse_bundle(evidence), insider.signing().public_key()));
}

/// D9: a clock that is decades ahead, decades behind, or the same.
TEST_F(attack_D, D9_NoClockWinsOverWhoReadAndWroteAfterwards) {
  let_insider_in();
  const RecordId goal = put_goal(tablet, circle, "Rust in huis");
  sync_all();
  constexpr WallMs kDecade = 10LL * 365 * 86'400'000;
  insider.read(storage, circle);
  for (const WallMs at : {clock.wall_ms() + 3 * kDecade, WallMs{0}, clock.wall_ms(), kSignedTimeMax}) {
    SCOPED_TRACE(at);
    const std::string why = "Volgens de klok van " + std::to_string(at);
    const Bytes ahead = insider.seal({insider.reason(goal, why, at)}, {.signed_time = at});
    const bool is_ahead = at > clock.wall_ms();
    EXPECT_EQ(pushed_bundle(ahead), is_ahead ? RefusalReason::kClock : RefusalReason::kUnspecified);
    Bytes taken = ahead;
    if (is_ahead) {
      insider.go_back_to({insider.head().number - 1, parse_bundle(ahead)->header.previous});
      taken = insider.seal({insider.reason(goal, why, at)});  // the change says it still
      ASSERT_EQ(pushed_bundle(taken), RefusalReason::kUnspecified);
    }
    for (int round = 0; round < 2; ++round) sync_all();
    const std::string last_word = "Gezien en daarna gezegd: " + why;
    edit_why(tablet, goal, last_word);
    for (int round = 0; round < 2; ++round) sync_all();
    for (Device* device : {&tablet, &colleague, &laptop}) {
      EXPECT_EQ(goal_of(*device, goal).why(), last_word);
      EXPECT_TRUE(device->vault.conflicts()->empty());
    }
  }
  expect_peace();
}

/// Of two who did not know of each other, a change counts as of when it was signed at the latest.
TEST_F(attack_D, D9_ATimeAheadCountsAsTheTimeOfSigning) {
  let_insider_in();
  const RecordId goal = put_goal(tablet, circle, "Rust in huis");
  sync_all();
  const Bytes ahead = insider.seal({insider.reason(goal, "Uit de toekomst", kSignedTimeMax)});
  for (FakeClock* each : {&tablet.clock, &clock}) each->advance(5'000);
  edit_why(tablet, goal, "Even later geschreven");
  ASSERT_EQ(pushed_bundle(ahead), RefusalReason::kUnspecified);
  for (int round = 0; round < 2; ++round) sync_all();
  for (Device* device : {&tablet, &colleague, &laptop}) {
    EXPECT_EQ(goal_of(*device, goal).why(), "Even later geschreven");
    EXPECT_EQ(device->vault.conflicts()->size(), 1U);
  }
  expect_peace();
}

/// What is written at the same time by two stays side by side, and a relay that helps the false clock does
/// not make it more than that.
TEST_F(attack_D, D9_ATimeThatARelayLetsPassIsNoMoreThanAConflict) {
  let_insider_in();
  const RecordId goal = put_goal(tablet, circle, "Rust in huis");
  sync_all();
  const WallMs far = clock.wall_ms() + 1'000'000'000'000;
  const Bytes ahead = insider.seal({insider.reason(goal, "Uit de toekomst", far)}, {.signed_time = far});
  edit_why(tablet, goal, "Van nu");
  sync_and_put_in(tablet, ahead);
  EXPECT_EQ(tablet.vault.conflicts()->size(), 1U) << "nothing is lost";
  edit_why(tablet, goal, "Gezien en daarna gezegd");
  EXPECT_EQ(goal_of(tablet, goal).why(), "Gezien en daarna gezegd");
  EXPECT_TRUE(tablet.vault.conflicts()->empty());
}

/// D11: numbers at their ends, signed by a member. None wraps, and none takes others along.
TEST_F(attack_D, D11_NumbersAtTheirEndsAreRefused) {
  let_insider_in();
  const RecordId id = random_id<RecordId>(random);
  const Bytes honest = insider.seal({insider.goal(id, "Gewoon", clock.wall_ms())});
  const std::vector<std::function<void(BundleHeader&)>> ends{
      [](BundleHeader& header) { header.first = header.last = kMost; },
      [](BundleHeader& header) { header.first = header.last = kMost - 1; },
      [](BundleHeader& header) { header.last = kMost - 1; },
      [](BundleHeader& header) { header.last = kBundleChangesMax + 1; },
      [](BundleHeader& header) { header.last = kBundleChangesMax; },
      [](BundleHeader& header) { header.first = header.last = 0; },
      [](BundleHeader& header) { header.first = 2; },
      [](BundleHeader& header) { header.epoch = 0; },
      [](BundleHeader& header) { header.epoch = 0xffff'ffff; },
      [](BundleHeader& header) { header.membership_index = 0xffff'ffff; },
      [](BundleHeader& header) { header.signed_time = -1; },
      [](BundleHeader& header) { header.signed_time = kSignedTimeMax + 1; },
      [](BundleHeader& header) { header.context = 0xffff'ffff; },
  };
  for (std::size_t i = 0; i < ends.size(); ++i) {
    SCOPED_TRACE(i);
    const Bytes bundle = insider.told_otherwise(honest, ends[i]);
    sync_and_put_in(tablet, bundle);
    EXPECT_FALSE(shows(tablet, id));
  }
  Bytes sized = honest;
  std::fill(sized.begin() + 252, sized.begin() + 256, Byte{0xff});
  EXPECT_NE(pushed_bundle(sized), RefusalReason::kUnspecified);
  // Who says that there is more than the log here has holds up the sealing; who it is stands in it, and that
  // one can be taken out (PROTOCOL.md P-67, P-134).
  EXPECT_EQ(wait_of(tablet), SealingWait::kLogIsShort);
  ASSERT_TRUE(tablet.vault.remove(circle, {insider.device()}));
  tablet.reopen();
  expect_peace();
}

TEST_F(attack_D, D11_TheRelayRefusesNumbersAtTheirEnds) {
  let_insider_in();
  const Bytes honest = insider.seal({insider.goal(random_id<RecordId>(random), "Gewoon", clock.wall_ms())});
  const auto refusal = [&](const std::function<void(BundleHeader&)>& change) {
    return pushed_bundle(insider.told_otherwise(honest, change));
  };
  using R = RefusalReason;
  EXPECT_EQ(refusal([](BundleHeader& header) { header.first = header.last = kMost; }), R::kMalformed);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.first = header.last = kMost - 1; }), R::kNumberGap);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.last = kMost - 1; }), R::kTooLarge);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.last = kBundleChangesMax + 1; }), R::kTooLarge);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.first = 0; }), R::kMalformed);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.epoch = 0; }), R::kMalformed);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.epoch = 0xffff'ffff; }), R::kStaleEpoch);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.membership_index = 0xffff'ffff; }), R::kStaleLog);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.signed_time = kSignedTimeMax; }), R::kClock);
  EXPECT_EQ(refusal([](BundleHeader& header) { header.signed_time = kSignedTimeMax + 1; }), R::kMalformed);
  EXPECT_EQ(pushed_bundle(honest), R::kUnspecified) << "the control";
}

/// Places of the relay's own making. None takes a device past what there is.
TEST_F(attack_D, D11_SequencesAtTheirEndsTakeNoCursorAway) {
  const RecordId kept = put_goal(colleague, circle, "Moet aankomen");
  const Bytes bundle = sealed_by(colleague).front();
  const std::uint64_t head = head_at_relay();
  for (const std::uint64_t sequence : {kMost, kMost - 1, head + 2, std::uint64_t{0}}) {
    for (const SyncFrame& frame : {SyncFrame(BundleFrame{circle, sequence, bundle}),
                                   SyncFrame(EntryFrame{circle, sequence, Bytes(40)})}) {
      sync_and_put_in_frame(tablet, frame);
      EXPECT_FALSE(shows(tablet, kept)) << sequence;
      EXPECT_EQ(tablet.vault.sync().positions().value().front().sequence, head) << sequence;
    }
  }
  sync_with(tablet, [&](std::vector<SyncFrame>& frames) {
    std::get<EndFrame>(frames.back()).heads = {{circle, kMost}};
  });
  sync(colleague);
  for (int round = 0; round < 2; ++round) sync(tablet);
  EXPECT_TRUE(shows(tablet, kept));
  expect_peace();
}

}  // namespace
}  // namespace thuisbasis::attack
