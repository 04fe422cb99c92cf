// SPDX-License-Identifier: EUPL-1.2
// Rows F of the checklist: removal and loss, against whole vaults.
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_F = AttackTown;

/// F1: a removed school, its tablet in hostile hands, and a relay that kept every byte.
TEST_F(attack_F, F1_TheSchoolAndTheRelayTogetherReadNothingNew) {
  put_goal(tablet, circle, "Om negen uur");
  sync_all();
  ASSERT_GT(readable_by(laptop, 0), 0U) << "the control: what it was let in for it reads";
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}));
  const std::size_t from = overheard.size();
  const RecordId after = put_goal(tablet, circle, "Om een over tien");
  sync(tablet);
  sync(colleague);
  put_goal(colleague, circle, "En om kwart over");
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&colleague, &tablet}) sync(*device);
  EXPECT_TRUE(shows(colleague, after));
  ASSERT_GT(overheard.size(), from);
  EXPECT_EQ(readable_by(laptop, from), 0U);
  EXPECT_EQ(readable_by(colleague, from), overheard.size() - from)
      << "the control: who stays reads all of it";
}

/// F1, with a relay that goes back to before the removal, and the school, which begins a key there.
TEST_F(attack_F, F1_NotEvenWhenTheRelayForgetsTheRemoval) {
  const auto before = storage.backup();
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}));
  sync(tablet);
  sync(colleague);
  const std::size_t from = overheard.size();
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(laptop.vault.rotate(circle, EpochReason::kAge));
  sync(laptop);
  const RecordId after = put_goal(colleague, circle, "Om een over tien");
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&colleague, &tablet, &laptop}) sync(*device);
  EXPECT_TRUE(shows(tablet, after));
  EXPECT_EQ(readable_by(laptop, from), 0U);
}

/// F2: the relay refuses what a removed device pushes; where it does not, the members do.
TEST_F(attack_F, F2_NobodyTakesWhatARemovedDevicePushes) {
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}));
  sync(tablet);
  sync(colleague);
  const RecordId pushed = put_goal(laptop, circle, "Nog even snel");
  const std::vector<Bytes> sealed = sealed_by(laptop);
  const std::uint64_t head = head_at_relay();
  sync(laptop);
  EXPECT_EQ(head_at_relay(), head);
  sync_and_put_in(colleague, sealed.front());
  EXPECT_FALSE(shows(colleague, pushed));
  EXPECT_EQ(laptop.vault.returned()->size(), 1U) << "and who wrote it has it in hand";
}

/// F3: what a stolen tablet wrote counts as far as the coach has read it; the rest is kept for a look.
TEST_F(attack_F, F3_WorkOfAStolenTabletCountsUpToTheCutOff) {
  const RecordId read = put_goal(laptop, circle, "Nog van Ilse zelf");
  sync_all();
  const RecordId stolen = put_goal(laptop, circle, "Van wie hem vond");
  const std::vector<Bytes> sealed = sealed_by(laptop);
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}, EpochReason::kDeviceLost));
  sync(tablet);
  sync_and_put_in(colleague, sealed.front());
  sync(colleague);
  EXPECT_TRUE(shows(colleague, read));
  EXPECT_FALSE(shows(colleague, stolen));
  EXPECT_NE(colleague.vault.status()->quarantined, 0U);
}

}  // namespace
}  // namespace thuisbasis::attack
