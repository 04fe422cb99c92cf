// SPDX-License-Identifier: EUPL-1.2
// Rows D of the checklist: order, rollback, withholding, against whole vaults.
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_D = AttackTown;

/// D2: the newest work of one author is kept from one reader; the next word of another shows it.
TEST_F(attack_D, D2_AWithheldTailShowsWithTheNextBundleOfAnother) {
  const RecordId withheld = put_goal(colleague, circle, "Achtergehouden");
  sync(colleague);
  sync(laptop);
  put_goal(laptop, circle, "Wie dit las, weet ervan");
  sync(laptop);
  const auto of_colleague = [&](const SyncFrame& frame) {
    const auto* item = std::get_if<BundleFrame>(&frame);
    const auto bundle =
        item == nullptr ? Result<SealedBundle>(Error(Code::kNotFound, "")) : parse_bundle(item->bundle);
    return bundle && bundle->header.author.device == id_of(colleague);
  };
  sync_without(tablet, of_colleague);
  EXPECT_FALSE(shows(tablet, withheld));
  EXPECT_NE(tablet.vault.status()->quarantined, 0U) << "what builds on it waits, visibly";
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_TRUE(shows(tablet, withheld));
  EXPECT_EQ(tablet.vault.status()->quarantined, 0U);
}

/// D5: acknowledged work that the relay lost is offered again by who wrote it and by who read it.
TEST_F(attack_D, D5_ARelayThatLostWorkHasItAgain) {
  const auto before = storage.backup();
  const RecordId lost = put_goal(laptop, circle, "Bevestigd en kwijtgeraakt");
  sync(laptop);
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&tablet, &colleague}) sync(*device);
  EXPECT_TRUE(shows(colleague, lost)) << "though its author never came back";
}

/// D8: a whole session once more.
TEST_F(attack_D, D8_AReplayedRequestChangesNothing) {
  put_goal(tablet, circle, "Een keer");
  sync(tablet);
  const HttpRequest request = *relay.last_request;
  const std::uint64_t head = head_at_relay();
  const auto again = relay.exchange(request, false);
  ASSERT_TRUE(again);
  EXPECT_NE(again->status, 200);
  EXPECT_EQ(head_at_relay(), head);
}

/// D10: a removed device claims to have written before it knew.
TEST_F(attack_D, D10_ABackdatedBundleOfARemovedDeviceIsRefusedByRelayAndMembers) {
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}));
  sync(tablet);
  sync(colleague);
  const RecordId backdated = put_goal(laptop, circle, "Zogenaamd van daarvoor");
  const std::vector<Bytes> sealed = sealed_by(laptop);
  ASSERT_EQ(sealed.size(), 1U);
  const std::uint64_t head = head_at_relay();
  sync(laptop);
  EXPECT_EQ(head_at_relay(), head);
  for (Device* device : {&tablet, &colleague}) {
    sync_and_put_in(*device, sealed.front());
    EXPECT_FALSE(shows(*device, backdated));
  }
}

}  // namespace
}  // namespace thuisbasis::attack
