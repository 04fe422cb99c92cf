// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/hash.h"
#include "tests/sync/relay/relay_world.h"

namespace thuisbasis::relay_test {
namespace {

/// A coach and a school in one circle: entries 0 genesis, 1 epoch, 2 the school's admission.
class RelayPush : public RelayWorld {
 protected:
  RelayPush() {
    enrol(coach);
    enrol(school);
    circle_ = found(coach, {&school});
    circle = circle_->circle.log().circle();
  }
  RefusalReason refusal_of(const TestDevice& sender, Bytes bundle) {
    return push(sender, {std::move(bundle)}).refusal();
  }

  DeviceIdentity certified_until(WallMs until) {
    SigningKey signing = SigningKey::generate(world.random);
    AgreementPrivateKey agreement = AgreementPrivateKey::generate(world.random);
    const auto issued = issue_certificate(world.registrar, signing.public_key(), agreement.public_key(),
                                          {++world.serial, circle_test::kNow - 1'000, until},
                                          world.names("guest"), world.random);
    return std::move(DeviceIdentity::make(std::move(signing), std::move(agreement),
                                          issued->signed_certificate, issued->attributes,
                                          world.registrar.public_key())
                         .value());
  }

  TestDevice coach{world, "coach"};
  TestDevice school{world, "school"};
  TestDevice stranger{world, "stranger"};
  std::unique_ptr<circle_test::Founded> circle_;
  CircleId circle;
};

TEST_F(RelayPush, GivesASignedReceiptForWhatItStored) {
  const Bytes sealed = bundle(coach, circle, 1, 3);
  const Answer answer = push(coach, {sealed});
  ASSERT_EQ(answer.receipts.size(), 1u);
  EXPECT_TRUE(answer.refusals.empty());
  const auto& receipt = std::get<BundleReceipt>(answer.receipts[0]);
  EXPECT_EQ(receipt, (BundleReceipt{circle, 4, coach.author, 1, 3, test_chain(circle, coach.author, 3),
                                    bundle_hash(sealed)}));
  EXPECT_EQ(answer.proof->time, clock.wall_ms());
  EXPECT_EQ(storage.author_head(circle, coach.author)->value().number, 3u);
}

TEST_F(RelayPush, AnswersARepeatedBundleWithTheSameReceiptAndStoresItOnce) {
  const Bytes once = bundle(coach, circle, 1, 3);
  const Answer first = push(coach, {once});
  push(school, {bundle(school, circle, BundlePlan{.index = 2})});
  restart();  // T08: the reply may have been lost with the process
  const Answer again = push(coach, {once});
  EXPECT_EQ(again.receipts, first.receipts);
  EXPECT_EQ(storage.circle(circle)->value().head, 5u);
}

TEST_F(RelayPush, ChecksWhatIsNotByteForByteWhatItHas) {
  Bytes sealed = bundle(coach, circle, 1, 3);
  push(coach, {sealed});
  sealed.back() ^= 1;  // of the signature
  EXPECT_EQ(refusal_of(coach, sealed), RefusalReason::kBadSignature);
  EXPECT_EQ(refusal_of(school, sealed), RefusalReason::kBadSignature);
}

TEST_F(RelayPush, ShowsWhatItHasOfARangeThatWasSealedAgainUnderANewerEpoch) {
  const Bytes here = bundle(coach, circle, 1, 3);
  push(school, {});
  const Answer first = push(coach, {here});
  circle_->rotate(world);
  push_entries(coach, {circle_->log.back()});
  BundlePlan again;
  again.last = 3;
  again.epoch = 2;
  again.index = 3;
  const Answer answer = push(coach, {bundle(coach, circle, again)});
  EXPECT_TRUE(answer.receipts.empty());
  EXPECT_TRUE(answer.refusals.empty());
  EXPECT_EQ(storage.circle(circle)->value().head, 5u);
  EXPECT_EQ(push(coach, {here}).receipts, first.receipts);
}

TEST_F(RelayPush, ShowsInsteadOfAReceiptARangeThatIsHereInAnotherSealing) {
  BundlePlan plan;
  plan.last = 3;
  const Bytes here = bundle(coach, circle, plan);
  push(school, {});
  ASSERT_EQ(push(coach, {here}).receipts.size(), 1u);
  plan.signed_time += 1;
  const Answer answer = push(coach, {bundle(coach, circle, plan)});
  EXPECT_TRUE(answer.receipts.empty());
  EXPECT_TRUE(answer.refusals.empty());
  ASSERT_FALSE(answer.bundles.empty());
  EXPECT_EQ(answer.bundles.back().bundle, here);
  EXPECT_EQ(relay->counters().items_resent, 1u);
}

TEST_F(RelayPush, LetsItsAuthorHearOfAnotherSealingBeforeItTakesWhatFollows) {
  BundlePlan plan;
  plan.last = 3;
  push(coach, {bundle(coach, circle, plan)});
  plan.signed_time += 1;
  const Bytes otherwise = bundle(coach, circle, plan);
  const Bytes next = bundle(coach, circle, 4, 5);
  const Bytes of_another = bundle(school, circle, BundlePlan{.index = 2});
  const Answer answer = push(coach, {otherwise, next, of_another});
  EXPECT_EQ(answer.receipts.size(), 1u) << "of the other author";
  EXPECT_TRUE(answer.refusals.empty());
  EXPECT_EQ(storage.author_head(circle, coach.author)->value().number, 3u);
  EXPECT_EQ(push(school, {otherwise, next}).receipts.size(), 1u) << "who offers another's seals nothing anew";
}

TEST_F(RelayPush, RefusesBytesThatAreNoBundle) {
  EXPECT_EQ(refusal_of(coach, Bytes(300, 7)), RefusalReason::kMalformed);
  Bytes cut = bundle(coach, circle, 1, 1);
  cut.pop_back();
  EXPECT_EQ(refusal_of(coach, cut), RefusalReason::kMalformed);
}

TEST_F(RelayPush, RefusesARequestWithABundleThatNoClientCanSeal) {
  EXPECT_EQ(push(coach, {Bytes(kBundleBytesMax + 1, 7)}).status, 413);
  EXPECT_EQ(push(coach, {Bytes()}).status, 400);
}

TEST_F(RelayPush, RefusesABundleWithMoreChangesThanOneMayHold) {
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, 1, kBundleChangesMax + 1)), RefusalReason::kTooLarge);
}

TEST_F(RelayPush, RefusesAnUnknownSuite) {
  Bytes other = bundle(coach, circle, 1, 1);
  other[5] = 2;
  EXPECT_EQ(refusal_of(coach, other), RefusalReason::kUnknownSuite);
}

TEST_F(RelayPush, RefusesAChangedHeaderOrCiphertext) {
  for (const std::size_t at : {std::size_t{230}, kBundleHeaderSize + 5}) {  // in the nonce; in the ciphertext
    Bytes changed = bundle(coach, circle, 1, 1);
    changed[at] ^= 1;
    EXPECT_EQ(refusal_of(coach, changed), RefusalReason::kBadSignature) << at;
  }
}

TEST_F(RelayPush, RefusesAnothersSignature) {
  TestDevice thief(world, "thief");
  thief.author = coach.author;
  EXPECT_EQ(refusal_of(coach, bundle(thief, circle, 1, 1)), RefusalReason::kBadSignature);
}

TEST_F(RelayPush, RefusesAnUnknownCircleAndSomebodyElsesAlike) {
  enrol(stranger);
  const Answer unknown = push(stranger, {bundle(stranger, random_id<CircleId>(world.random), 1, 1)});
  const Answer not_yours = push(stranger, {bundle(stranger, circle, 1, 1)});
  EXPECT_EQ(unknown.refusal(), RefusalReason::kUnknownCircle);
  EXPECT_EQ(not_yours.refusal(), RefusalReason::kUnknownCircle);
  EXPECT_EQ(unknown.refusals[0].expected, not_yours.refusals[0].expected);
}

/// A relay that was put back may have gotten the admission at another index than its author knew.
TEST_F(RelayPush, RefusesAnAuthorWhoIsNotAdmittedAndNotOneWhoIsAdmittedLater) {
  BundlePlan plan;
  plan.index = 1;  // the school was admitted at 2
  EXPECT_EQ(refusal_of(coach, bundle(stranger, circle, plan)), RefusalReason::kNotMember);
  EXPECT_EQ(push(coach, {bundle(school, circle, plan)}).receipts.size(), 1u);
}

TEST_F(RelayPush, RefusesABundleFromAfterTheAuthorsCertificateButTakesWhatWasSealedBefore) {
  const TestDevice guest(world, certified_until(circle_test::kNow + 1'000));
  circle_->admit(world, guest.identity);
  push_entries(coach, {circle_->log.back()});
  clock.advance(2'000);
  BundlePlan plan;
  plan.index = 3;
  plan.signed_time = circle_test::kNow + 1'001;
  EXPECT_EQ(refusal_of(coach, bundle(guest, circle, plan)), RefusalReason::kNotMember);
  plan.signed_time = circle_test::kNow + 1'000;
  EXPECT_EQ(push(coach, {bundle(guest, circle, plan)}).receipts.size(), 1u);
}

TEST_F(RelayPush, GivesTheReceiptOfWhatItTookWhileItsAuthorsCertificateWasValid) {
  const TestDevice guest(world, certified_until(circle_test::kNow + 1'000));
  circle_->admit(world, guest.identity);
  push_entries(coach, {circle_->log.back()});
  BundlePlan plan;
  plan.index = 3;
  plan.signed_time = circle_test::kNow + 1'001;  // a clock that is a little ahead
  const Bytes sealed = bundle(guest, circle, plan);
  const Answer first = push(coach, {sealed});
  ASSERT_EQ(first.receipts.size(), 1u);
  clock.advance(2'000);
  EXPECT_EQ(push(school, {sealed}).receipts, first.receipts);
}

TEST_F(RelayPush, AsksForTheLogFirstWhenABundleKnowsMoreOfIt) {
  BundlePlan plan;
  plan.index = 3;
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, plan)), RefusalReason::kStaleLog);
}

TEST_F(RelayPush, RefusesAnEpochThatDidNotStandAtTheIndex) {
  BundlePlan plan;
  plan.epoch = 2;
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, plan)), RefusalReason::kStaleEpoch);
}

/// The author's log was another, as a relay that was put back had it: the index tells nothing of its epoch.
TEST_F(RelayPush, TakesFromAMemberThatRefillsWhatWasSealedOnAnotherLog) {
  circle_->rotate(world);
  push_entries(coach, {circle_->log.back()});
  BundlePlan plan{.first = 1, .last = 1, .epoch = 2, .index = 1};
  EXPECT_EQ(refusal_of(coach, bundle(school, circle, plan)), RefusalReason::kStaleEpoch);
  plan.entry = sha256(as_bytes("another entry"));
  EXPECT_EQ(push(coach, {bundle(school, circle, plan)}).receipts.size(), 1u);
  plan = {.first = 2, .last = 2, .epoch = 1, .index = 3, .entry = plan.entry};
  EXPECT_EQ(refusal_of(school, bundle(school, circle, plan)), RefusalReason::kStaleLog)
      << "its author is here, and seals it again";
  EXPECT_EQ(push(coach, {bundle(school, circle, plan)}).receipts.size(), 1u);
  plan = {.first = 3, .last = 3, .epoch = 3, .index = 3, .entry = plan.entry};
  EXPECT_EQ(refusal_of(coach, bundle(school, circle, plan)), RefusalReason::kStaleLog);
}

TEST_F(RelayPush, RefusesItsAuthorsBundleUnderAnOlderEpochButTakesItFromAMemberThatRefills) {
  circle_->rotate(world);
  push_entries(coach, {circle_->log.back()});
  const Bytes old = bundle(coach, circle, 1, 1);
  EXPECT_EQ(refusal_of(coach, old), RefusalReason::kStaleEpoch);
  EXPECT_EQ(push(school, {old}).receipts.size(), 1u);
  EXPECT_EQ(push(coach, {old}).receipts.size(), 1u) << "what is here already is receipted under any epoch";
}

TEST_F(RelayPush, TellsTheNumberItExpectsAfterAGap) {
  push(coach, {bundle(coach, circle, 1, 3)});
  const Answer gap = push(coach, {bundle(coach, circle, 6, 7)});
  EXPECT_EQ(gap.refusal(), RefusalReason::kNumberGap);
  EXPECT_EQ(gap.refusals[0].expected, 4u);
  const Answer overlap = push(coach, {bundle(coach, circle, 3, 5)});
  EXPECT_EQ(overlap.refusal(), RefusalReason::kNumberGap);
  EXPECT_EQ(overlap.refusals[0].expected, 4u);
  const Answer cut_otherwise = push(coach, {bundle(coach, circle, 1, 2)});
  EXPECT_EQ(cut_otherwise.refusal(), RefusalReason::kNumberGap);
}

TEST_F(RelayPush, RefusesASecondChainValueForANumberAsAFork) {
  push(coach, {bundle(coach, circle, 1, 3)});
  push(coach, {bundle(coach, circle, 4, 5)});
  const ChainValue other = test_chain(circle, school.author, 99);
  BundlePlan at_head{.first = 4, .last = 5, .epoch = 1, .index = 1, .previous = {}, .chain = other};
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, at_head)), RefusalReason::kFork);
  BundlePlan below{.first = 1, .last = 3, .epoch = 1, .index = 1, .previous = {}, .chain = other};
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, below)), RefusalReason::kFork);
  BundlePlan on_another_past{.first = 6, .last = 6, .epoch = 1, .index = 1, .previous = other, .chain = {}};
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, on_another_past)), RefusalReason::kFork);
  EXPECT_EQ(
      refusal_of(school, bundle(school, circle, BundlePlan{.index = 2, .previous = other, .chain = {}})),
      RefusalReason::kFork);
}

TEST_F(RelayPush, RefusesASignedTimeMoreThanTenMinutesAhead) {
  BundlePlan plan;
  plan.signed_time = clock.wall_ms() + 600'001;
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, plan)), RefusalReason::kClock);
  plan.signed_time = clock.wall_ms() + 600'000;
  EXPECT_EQ(push(coach, {bundle(coach, circle, plan)}).receipts.size(), 1u);
}

TEST_F(RelayPush, RefusesWhatGoesBeyondTheCirclesQuota) {
  limits.circle_bytes_max = storage.circle(circle)->value().bytes + 600;
  restart();
  EXPECT_EQ(push(coach, {bundle(coach, circle, 1, 1)}).receipts.size(), 1u);
  EXPECT_EQ(refusal_of(coach, bundle(coach, circle, 2, 2)), RefusalReason::kQuota);
}

TEST_F(RelayPush, OneBadItemNeverBlocksTheOthers) {
  Bytes changed = bundle(coach, circle, 2, 2);
  changed[kBundleHeaderSize] ^= 1;
  const Answer answer =
      push(coach, {Bytes(10, 1), bundle(coach, circle, 1, 1), changed, bundle(coach, circle, 9, 9),
                   bundle(coach, circle, 2, 2), bundle(school, circle, BundlePlan{.index = 2})});
  EXPECT_EQ(answer.receipts.size(), 3u);
  EXPECT_EQ(answer.refusals.size(), 3u);
  EXPECT_EQ(storage.circle(circle)->value().head, 6u);
}

// ---- Membership
// -------------------------------------------------------------------------------------------------

TEST_F(RelayPush, ReceiptsEntriesAndRepeatsThem) {
  const Answer again = push_entries(coach, circle_->log);
  ASSERT_EQ(again.receipts.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& receipt = std::get<MembershipReceipt>(again.receipts[i]);
    EXPECT_EQ(receipt.sequence, i + 1);
    EXPECT_EQ(receipt.entry_hash, *circle_->circle.log().hash_at(static_cast<std::uint32_t>(i)));
  }
  EXPECT_EQ(storage.circle(circle)->value().head, 3u);
}

TEST_F(RelayPush, TakesOnlyTheFirstOfTwoEntriesOnOnePredecessor) {
  const auto one = rotate_epoch(circle_->circle, {}, clock.wall_ms(), world.random);
  const auto two = rotate_epoch(circle_->circle, {}, clock.wall_ms() + 1, world.random);
  EXPECT_EQ(push_entries(coach, {*one}).receipts.size(), 1u);
  const Answer late = push_entries(school, {*two});
  EXPECT_EQ(late.refusal(), RefusalReason::kStaleLog);
  EXPECT_EQ(late.refusals[0].membership_index, 3u);
}

TEST_F(RelayPush, RefusesAnEntryOfSomebodyOutsideAsIfThereWereNoCircle) {
  enrol(stranger);
  const Bytes forged =
      circle_test::forged(circle_->log[2].signed_entry, stranger.identity.signing(), [&](auto& entry) {
        entry.set_index(3);
        entry.set_predecessor(to_string(circle_->circle.log().head().view()));
        entry.set_author(to_string(stranger.device().view()));
      });
  EXPECT_EQ(push_entries(stranger, {{forged, {}}}).refusal(), RefusalReason::kUnknownCircle);
  EXPECT_EQ(push_entries(school, {{forged, {}}}).refusal(), RefusalReason::kNotMember);
}

TEST_F(RelayPush, RefusesAnEntryWithAWrongSignature) {
  circle_->rotate(world);
  NewEntry entry = circle_->log.back();
  entry.signed_entry.back() ^= 1;
  EXPECT_EQ(push_entries(coach, {entry}).refusal(), RefusalReason::kBadSignature);
}

TEST_F(RelayPush, RefusesBytesThatAreNoEntry) {
  EXPECT_EQ(push_entries(coach, {{Bytes(40, 3), {}}}).refusal(), RefusalReason::kMalformed);
  EXPECT_EQ(push_entries(coach, {{Bytes(kEntryBytesMax + 1, 3), {}}}).status, 413);
}

TEST_F(RelayPush, RefusesARotationWithoutTheArchivesOwnWrap) {
  circle_->rotate(world);
  NewEntry entry = circle_->log.back();
  EXPECT_EQ(push_entries(coach, {{entry.signed_entry, {}}}).refusal(), RefusalReason::kBadEntry);
  EXPECT_EQ(push_entries(coach, {{entry.signed_entry, circle_->log[1].archive_wrap}}).refusal(),
            RefusalReason::kBadEntry);
  EXPECT_EQ(push_entries(coach, {entry}).receipts.size(), 1u);
  EXPECT_EQ(*storage.archive_wrap(circle, 2), entry.archive_wrap);
}

TEST_F(RelayPush, RefusesACircleOfAnotherMunicipality) {
  circle_test::World elsewhere(99);
  const DeviceIdentity founder = elsewhere.device("founder");
  const circle_test::Founded other(elsewhere, founder);
  const Answer answer = push_entries(coach, {other.log[0]});
  EXPECT_EQ(answer.refusal(), RefusalReason::kBadEntry);
  EXPECT_EQ(*storage.circle(other.circle.log().circle()), std::nullopt);
}

TEST_F(RelayPush, LetsADeviceFoundOnlySoManyCircles) {
  limits.circles_per_device_max = 1;
  restart();
  const circle_test::Founded second(world, coach.identity);
  EXPECT_EQ(push_entries(coach, {second.log[0]}).refusal(), RefusalReason::kQuota);
}

TEST_F(RelayPush, FoundsACircleAndFillsItInOneRequest) {
  const circle_test::Founded second(world, coach.identity);
  const CircleId id = second.circle.log().circle();
  BundlePlan first{.first = 1, .last = 2};
  BundlePlan then{.first = 3, .last = 3};
  first.entry = then.entry = *second.circle.log().hash_at(first.index);
  SyncRequest request = push_of(coach, {bundle(coach, id, first), bundle(coach, id, then)});
  for (const NewEntry& entry : second.log)
    request.membership.push_back({entry.signed_entry, entry.archive_wrap});
  const Answer answer = send(sync(coach, request));
  ASSERT_EQ(answer.receipts.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(answer.sequence(i), i + 1);
}

/// DESIGN 9.4: a member offers a relay that lost everything what it holds, its own admission being only part
/// of it.
TEST_F(RelayPush, IsRefilledByAMemberThatDidNotFoundTheCircle) {
  const Bytes of_coach = bundle(coach, circle, 1, 2);
  testing_support::MemoryRelayStorage empty(random_id<RelayEpoch>(world.random));
  auto second = Relay::open({empty, *signer, clock, world.random}, world.registrar.public_key(), limits);
  relay = std::move(*second);
  enrol(school);
  SyncRequest request = push_of(school, {of_coach});
  for (const NewEntry& entry : circle_->log)
    request.membership.push_back({entry.signed_entry, entry.archive_wrap});
  const Answer answer = send(sync(school, request));
  EXPECT_EQ(answer.receipts.size(), 4u);
  relay.reset();
}

}  // namespace
}  // namespace thuisbasis::relay_test
