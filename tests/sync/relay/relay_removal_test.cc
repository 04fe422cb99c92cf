// SPDX-License-Identifier: EUPL-1.2
// A device that is removed from a circle, as the relay sees it.
#include "sync/relay/membership_cache.h"
#include "tests/sync/relay/relay_world.h"

namespace thuisbasis {
namespace {

using relay_test::Answer;
using relay_test::RelayWorld;
using relay_test::TestDevice;

class RelayRemoval : public RelayWorld {
 protected:
  RelayRemoval() {
    enrol(coach);
    enrol(school);
    circle_ = found(coach, {&school});
    circle = circle_->circle.log().circle();
  }
  NewEntry removal(CutOffs cut_offs) {
    return *remove_devices(circle_->circle,
                           {{{school.device(), std::move(cut_offs)}}, EpochReason::kMemberRemoved},
                           clock.wall_ms(), world.random);
  }
  CutOffs up_to(std::uint64_t number) const {
    return {{school.author.instance, {number, test_chain(circle, school.author, number)}}};
  }
  void remove_school(CutOffs cut_offs) {
    const NewEntry entry = removal(std::move(cut_offs));
    circle_->add(entry);
    EXPECT_EQ(push_entries(coach, {entry}).receipts.size(), 1U);
  }

  TestDevice coach{world, "coach"};
  TestDevice school{world, "school"};
  std::unique_ptr<circle_test::Founded> circle_;
  CircleId circle;
};

TEST_F(RelayRemoval, ShowsItToTheRemovedDeviceAndNothingAfterIt) {
  apply(school, pull(school));
  remove_school({});
  relay_test::BundlePlan plan;
  plan.epoch = 2;
  plan.index = 3;
  EXPECT_EQ(push(coach, {bundle(coach, circle, plan)}).receipts.size(), 1U);
  const Answer answer = pull(school);
  ASSERT_EQ(answer.entries.size(), 1U);
  EXPECT_EQ(answer.entries[0].signed_entry, circle_->log.back().signed_entry);
  EXPECT_TRUE(answer.bundles.empty());
  EXPECT_FALSE(answer.end->more);
  apply(school, answer);
  const Answer again = pull(school);
  EXPECT_TRUE(again.entries.empty());
  EXPECT_FALSE(again.places) << "it stands where its log ends";
  EXPECT_TRUE(again.end->heads.empty());
}

TEST_F(RelayRemoval, TakesNothingMoreOfItWhoeverBringsIt) {
  EXPECT_EQ(push(school, {bundle(school, circle, 1, 1)}).receipts.size(), 1U);
  remove_school(up_to(1));
  relay_test::BundlePlan plan;
  plan.first = plan.last = 2;
  plan.index = 2;  // as if it did not know
  const Bytes backdated = bundle(school, circle, plan);
  EXPECT_EQ(push(school, {backdated}).refusal(), RefusalReason::kNotMember);
  EXPECT_EQ(push(coach, {backdated}).refusal(), RefusalReason::kNotMember);
  EXPECT_EQ(storage.circle(circle)->value().head, 5U);
}

TEST_F(RelayRemoval, HoldsAtEveryRelayOverTheSameStore) {
  MembershipCache other(storage, {world.registrar.public_key(), std::nullopt});
  EXPECT_NE((*other.find(circle))->member(school.device()), nullptr);
  remove_school({});
  EXPECT_EQ((*other.find(circle))->member(school.device()), nullptr);
}

/// Who is out does not learn from a refusal how far the log has come.
TEST_F(RelayRemoval, SaysNoMoreToTheRemovedDeviceThanThatItIsOut) {
  remove_school({});
  circle_->rotate(world);
  EXPECT_EQ(push_entries(coach, {circle_->log.back()}).receipts.size(), 1U);
  for (const std::uint32_t index : {4U, 5U}) {
    relay_test::BundlePlan plan;
    plan.index = index;
    EXPECT_EQ(push(school, {bundle(school, circle, plan)}).refusal(), RefusalReason::kNotMember) << index;
  }
}

TEST_F(RelayRemoval, TakesOfTheRemovedDeviceItsOwnWorkThatCounts) {
  const Bytes counts = bundle(school, circle, 1, 1);
  const Bytes of_another = bundle(coach, circle, 1, 1);
  remove_school(up_to(1));
  EXPECT_EQ(push(school, {counts}).receipts.size(), 1U);
  EXPECT_EQ(push(school, {counts}).receipts.size(), 1U) << "the first answer may have been lost";
  EXPECT_EQ(push(school, {bundle(school, circle, 2, 2)}).refusal(), RefusalReason::kNotMember);
  EXPECT_EQ(push(school, {of_another}).refusal(), RefusalReason::kUnknownCircle)
      << "nothing is said of its author";
  EXPECT_EQ(storage.circle(circle)->value().head, 5U);
}

/// It sealed it again before it heard; the log that would say so is closed to it there.
TEST_F(RelayRemoval, GivesTheRemovedDeviceReceiptsForWhatCameLaterInAnotherSealing) {
  const Bytes here = bundle(school, circle, 1, 1);
  const Bytes sealed_again = bundle(school, circle, 1, 1);
  ASSERT_NE(sealed_again, here);
  remove_school(up_to(1));
  EXPECT_EQ(push(coach, {here}).receipts.size(), 1U);
  const Answer answer = push(school, {sealed_again});
  ASSERT_EQ(answer.receipts.size(), 1U);
  EXPECT_EQ(std::get<BundleReceipt>(answer.receipts[0]).bundle, bundle_hash(here));
}

/// A receipt keeps an item out of the news, and this one says nothing to who has yet to hear of its removal.
TEST_F(RelayRemoval, ShowsTheRemovedDeviceWhatCameBeforeInAnotherSealing) {
  const Bytes here = bundle(school, circle, 1, 1);
  const Bytes sealed_again = bundle(school, circle, 1, 1);
  EXPECT_EQ(push(school, {here}).receipts.size(), 1U);
  remove_school(up_to(1));
  const Answer answer = push(school, {sealed_again});
  EXPECT_TRUE(answer.receipts.empty());
  ASSERT_EQ(answer.bundles.size(), 1U);
  EXPECT_EQ(answer.bundles[0].bundle, here);
}

TEST_F(RelayRemoval, LeavesOutNoWorkThatItGaveAReceiptFor) {
  EXPECT_EQ(push(school, {bundle(school, circle, 1, 2), bundle(school, circle, 3, 3)}).receipts.size(), 2U);
  for (const CutOffs& short_of_it : {CutOffs(), up_to(2)}) {
    const Answer refused = push_entries(coach, {removal(short_of_it)});
    ASSERT_EQ(refused.refusal(), RefusalReason::kCutOff);
    EXPECT_EQ(refused.refusals[0].author, school.author);
    EXPECT_EQ(refused.refusals[0].expected, 3U);
    EXPECT_EQ(refused.refusals[0].membership_index, 3U);
  }
  remove_school(up_to(3));
}

TEST_F(RelayRemoval, TakesOneThatStoodBeforeItWasPutBackAsItIs) {
  EXPECT_EQ(push(school, {bundle(school, circle, 1, 1)}).receipts.size(), 1U);
  const auto before = storage.backup();
  const NewEntry entry = removal(up_to(1));
  EXPECT_EQ(push_entries(coach, {entry}).receipts.size(), 1U);
  storage.restore(before);
  restart();
  EXPECT_EQ(push(school, {bundle(school, circle, 2, 2)}).receipts.size(), 1U) << "it does not know";
  EXPECT_EQ(push_entries(coach, {entry}).refusal(), RefusalReason::kCutOff);
  SyncRequest request = request_of(coach);
  request.membership.push_back({entry.signed_entry, entry.archive_wrap, true});
  EXPECT_EQ(send(sync(coach, request)).receipts.size(), 1U);
  circle_->add(entry);
  // What counts for nobody keeps nobody from removing the device once more, here to limit what counts.
  EXPECT_EQ(push_entries(coach, {removal({})}).refusal(), RefusalReason::kCutOff);
  EXPECT_EQ(push_entries(coach, {removal(up_to(1))}).receipts.size(), 1U);
}

TEST_F(RelayRemoval, RefillsWithTheWorkThatCounts) {
  const Bytes counts = bundle(school, circle, 1, 1);
  EXPECT_EQ(push(school, {counts}).receipts.size(), 1U);
  remove_school(up_to(1));
  storage.restore(testing_support::MemoryRelayStorage(RelayEpoch()).backup());
  restart();
  enrol(coach);
  EXPECT_EQ(push_entries(coach, circle_->log).receipts.size(), circle_->log.size());
  EXPECT_EQ(push(coach, {counts}).receipts.size(), 1U);
  EXPECT_EQ(storage.members_of(circle)->size(), 1U);
}

/// A removal names at most so many: who has more could not be taken out.
TEST_F(RelayRemoval, HasAtMostSixtyFourInstancesToName) {
  const Author first = school.author;
  CutOffs cut_offs;
  for (std::uint8_t i = 0; i < 65; ++i) {
    school.author = {first.device, *InstanceId::from(Bytes(8, static_cast<Byte>(i + 1)))};
    const Answer answer = push(school, {bundle(school, circle, 1, 1)});
    if (i == 64) {
      EXPECT_EQ(answer.refusal(), RefusalReason::kQuota);
    } else {
      ASSERT_EQ(answer.receipts.size(), 1U);
      cut_offs[school.author.instance] = {1, test_chain(circle, school.author, 1)};
    }
  }
  remove_school(cut_offs);
}

TEST_F(RelayRemoval, HasRoomInAFullCircle) {
  // A circle large enough that a sixteenth of it holds an entry.
  relay_test::BundlePlan plan;
  plan.ciphertext = 128 * 1024;
  EXPECT_EQ(push(coach, {bundle(coach, circle, plan)}).receipts.size(), 1U);
  limits.circle_bytes_max = storage.circle(circle)->value().bytes;
  restart();
  EXPECT_EQ(push(coach, {bundle(coach, circle, 2, 2)}).refusal(), RefusalReason::kQuota);
  const NewEntry rotation =
      *rotate_epoch(circle_->circle, {EpochReason::kSuspicion, true}, clock.wall_ms(), world.random);
  EXPECT_EQ(push_entries(coach, {rotation}).refusal(), RefusalReason::kQuota);
  remove_school({});
}

TEST_F(RelayRemoval, WantsTheArchivesWrapOfItsEpoch) {
  const NewEntry entry = removal({});
  EXPECT_EQ(push_entries(coach, {{entry.signed_entry, {}}}).refusal(), RefusalReason::kBadEntry);
  EXPECT_EQ(push_entries(coach, {entry}).receipts.size(), 1U);
  EXPECT_EQ(*storage.archive_wrap(circle, 2), entry.archive_wrap);
}

TEST_F(RelayRemoval, EndsWhenTheDeviceIsAdmittedAgain) {
  remove_school({});
  circle_->admit(world, school.identity);
  EXPECT_EQ(push_entries(coach, {circle_->log.back()}).receipts.size(), 1U);
  relay_test::BundlePlan plan;
  plan.epoch = 2;
  plan.index = 4;
  EXPECT_EQ(push(school, {bundle(school, circle, plan)}).receipts.size(), 1U);
  EXPECT_EQ(pull(school).entries.size(), circle_->log.size()) << "its own admission too";
  EXPECT_EQ(pull(coach).bundles.size(), 1U);
  EXPECT_EQ(storage.members_of(circle)->size(), 2U);
}

}  // namespace
}  // namespace thuisbasis
