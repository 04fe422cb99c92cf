// SPDX-License-Identifier: EUPL-1.2
// Rows B of the checklist: epochs and key wraps, against whole vaults.
#include "tests/attack/epoch_attack.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_B = EpochAttack;

/// B5: who acknowledged a new epoch seals nothing under the former one, and a relay that brings such a bundle
/// of a removed device later changes nothing.
TEST_F(attack_B, B5_ABundleOfAFormerEpochIsNotTakenFromWhoWasRemoved) {
  const RecordId late = put_goal(laptop, circle, "Verzegeld voor het verwijderen");
  const std::vector<Bytes> kept = sealed_by(laptop);
  ASSERT_EQ(kept.size(), 1U);
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}));
  sync(tablet);
  sync(colleague);
  sync_and_put_in(tablet, kept.front());
  sync_and_put_in(colleague, kept.front());
  EXPECT_FALSE(shows(tablet, late));
  EXPECT_FALSE(shows(colleague, late));
}

/// B7: the relay hides a removal from one device, but not what others wrote after it.
TEST_F(attack_B, B7_AHiddenRemovalStopsTheSealingAsSoonAsWhoKnowsIsHeard) {
  ASSERT_TRUE(colleague.vault.remove(circle, {id_of(laptop)}));
  put_goal(colleague, circle, "Van wie het weet");
  for (int round = 0; round < 2; ++round) sync(colleague);
  sync_without(tablet, is_entry);
  EXPECT_EQ(wait_of(tablet), SealingWait::kLogIsShort);
  const std::size_t before = overheard.size();
  const RecordId kept = put_goal(tablet, circle, "Niet voor school");
  for (int round = 0; round < 3; ++round) sync_without(tablet, is_entry);
  EXPECT_EQ(overheard.size(), before) << "nothing of it left";
  EXPECT_EQ(tablet.vault.account()->pending, 1U) << "and nothing is lost";
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_EQ(wait_of(tablet), SealingWait::kNone);
  sync(colleague);
  EXPECT_TRUE(shows(colleague, kept));
  EXPECT_EQ(readable_by(laptop, before), 0U);
}

/// Two wrote an entry at one place, and the relay hides the one that it took: what was sealed on it is no
/// part of a log that no relay has taken, and says that there is more to know.
TEST_F(attack_B, B7_WhatNamesAHiddenEntryWaitsUntilTheRelaySaysWhichOfTwoStands) {
  const Device guest(emmen, "Joris van de wijk", 14);
  ASSERT_TRUE(colleague.vault.admit(circle, guest.answer_of_registrar, {}));
  sync(colleague);
  const RecordId on_hidden = put_goal(colleague, circle, "Van wie het weet");
  sync(colleague);
  ASSERT_TRUE(tablet.vault.set_policy(circle, CirclePolicy::kCoaches));
  sync_without(tablet, is_entry);
  EXPECT_FALSE(shows(tablet, on_hidden));
  EXPECT_EQ(tablet.vault.status()->quarantined, 1U);
  EXPECT_EQ(wait_of(tablet), SealingWait::kLogIsShort);
  const RecordId kept = put_goal(tablet, circle, "Wacht");
  const std::size_t before = overheard.size();
  sync_without(tablet, is_entry);
  EXPECT_EQ(overheard.size(), before) << "nothing of it left";
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_TRUE(shows(tablet, on_hidden));
  EXPECT_EQ(members_at(tablet), 4U);
  sync(colleague);
  EXPECT_TRUE(shows(colleague, kept));
}

/// The same, where the relay leaves a gap and refuses what is sealed under the former key: no round goes on
/// for ever, and nothing is lost.
TEST_F(attack_B, B7_ARelayThatOnlySaysThatAKeyIsOldGetsNoEndlessRound) {
  ASSERT_TRUE(colleague.vault.remove(circle, {id_of(laptop)}));
  put_goal(colleague, circle, "Van wie het weet");
  for (int round = 0; round < 2; ++round) sync(colleague);
  const RecordId kept = put_goal(tablet, circle, "Wacht");
  const std::uint64_t before = relay.requests;
  sync_with(tablet, [](std::vector<SyncFrame>& frames) { std::erase_if(frames, is_entry); });
  EXPECT_LT(relay.requests - before, 12U);
  EXPECT_EQ(tablet.vault.account()->returned, 0U);
  for (int round = 0; round < 3; ++round) sync(tablet);
  sync(colleague);
  EXPECT_TRUE(shows(colleague, kept));
}

/// B9: work that was sealed before a removal became known is sealed again; from then on no byte leaves under
/// the former key.
TEST_F(attack_B, B9_WhatWasSealedUnderASupersededKeyIsSealedAgain) {
  const RecordId waits = put_goal(tablet, circle, "Verzegeld, nog niet weg");
  ASSERT_EQ(sealed_by(tablet).size(), 1U);
  ASSERT_TRUE(colleague.vault.remove(circle, {id_of(laptop)}));
  sync(colleague);
  sync_without(tablet, [](const SyncFrame& frame) { return std::holds_alternative<ReceiptsFrame>(frame); });
  const std::size_t before = overheard.size();
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_FALSE(sealed_under(tablet, 1, before));
  sync(colleague);
  EXPECT_TRUE(shows(colleague, waits));
}

}  // namespace
}  // namespace thuisbasis::attack
