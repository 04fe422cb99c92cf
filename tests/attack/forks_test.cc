// SPDX-License-Identifier: EUPL-1.2
// Rows E of the checklist: forks and concurrency, against whole vaults.
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
struct attack_E : AttackTown {
  void sync_round(int rounds) {
    for (int round = 0; round < rounds; ++round)
      for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
  }
};

/// E2: two of one rank take each other out offline. The relay's order decides, for everyone alike.
TEST_F(attack_E, E2_OfTwoWhoRemoveEachOtherTheFirstAtTheRelayStays) {
  ASSERT_TRUE(colleague.vault.remove(circle, {id_of(laptop)}));
  ASSERT_TRUE(laptop.vault.remove(circle, {id_of(colleague)}));
  sync(colleague);
  sync_round(3);
  EXPECT_EQ(members_at(tablet), 2U);
  EXPECT_EQ(members_at(colleague), 2U);
  EXPECT_EQ(wait_of(laptop), SealingWait::kNotMember);
  const RecordId after = put_goal(tablet, circle, "Daarna");
  sync_round(2);
  EXPECT_TRUE(shows(colleague, after));
  EXPECT_FALSE(shows(laptop, after));
}

TEST_F(attack_E, E2_NobodyRemovesAHigherRank) {
  EXPECT_EQ(colleague.vault.remove(circle, {id_of(tablet)}).error().code(), Code::kNotPermitted);
  EXPECT_EQ(members_at(colleague), 3U);
}

/// E3: a removal, and at the same time an admission by somebody who does not know of it.
TEST_F(attack_E, E3_ARemovalWinsOverWhatDidNotKnowOfIt) {
  Device school(emmen, "Nog een school", 14);
  const auto before = storage.backup();
  ASSERT_TRUE(tablet.vault.admit(circle, school.answer_of_registrar, {}));
  sync(tablet);
  sync(school);
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(school)}));
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(colleague.vault.admit(circle, school.answer_of_registrar, {}));
  sync(colleague);
  sync_round(2);
  const RecordId after = put_goal(tablet, circle, "Niet voor de tweede school");
  sync_round(2);
  sync(school);
  EXPECT_FALSE(shows(school, after));
  EXPECT_EQ(members_at(colleague), 3U);
  // By a word of who knows, it may come back.
  ASSERT_TRUE(colleague.vault.admit(circle, school.answer_of_registrar, {}));
  sync_round(2);
  sync(school);
  EXPECT_TRUE(shows(school, after));
}

/// E4: of two rotations at once one stands, and nothing that was written is lost.
TEST_F(attack_E, E4_OfTwoRotationsOneStandsAndTheOthersWorkIsSealedAgain) {
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kSuspicion));
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kAge));
  const RecordId one = put_goal(tablet, circle, "Van de een");
  const RecordId other = put_goal(colleague, circle, "Van de ander");
  sync(colleague);
  sync_round(4);
  EXPECT_TRUE(shows(laptop, one));
  EXPECT_TRUE(shows(laptop, other));
  EXPECT_EQ(tablet.vault.account()->pending + tablet.vault.account()->sent, 0U);
  expect_same(circle);
}

/// E6: a log that does not go on from ours, validly signed by who was removed.
TEST_F(attack_E, E6_AShorterLogByWhoWasRemovedGivesItNothing) {
  const auto before = storage.backup();
  ASSERT_TRUE(colleague.vault.remove(circle, {id_of(laptop)}));
  sync(colleague);
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(laptop.vault.remove(circle, {id_of(colleague)}));
  sync(laptop);
  const std::size_t from = overheard.size();
  const RecordId kept = put_goal(tablet, circle, "Niet voor school");
  sync_round(3);
  EXPECT_EQ(wait_of(tablet), SealingWait::kRemovalOpen);
  EXPECT_FALSE(shows(laptop, kept));
  EXPECT_EQ(readable_by(laptop, from), 0U);
}

}  // namespace
}  // namespace thuisbasis::attack
