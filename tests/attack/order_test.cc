// SPDX-License-Identifier: EUPL-1.2
// Rows D of the checklist: order, rollback, withholding, against whole vaults.
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_D = AttackTown;

/// D1: an author's bundles in another order, with one left out, and twice.
TEST_F(attack_D, D1_AnotherOrderAHoleAndARepetitionAreSeen) {
  std::vector<RecordId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(put_goal(colleague, circle, "Nummer " + std::to_string(i + 1)));
    sync(colleague);
  }
  sync_with(laptop, [&](std::vector<SyncFrame>& frames) {
    std::vector<BundleFrame*> bundles;
    for (SyncFrame& frame : frames)
      if (auto* bundle = std::get_if<BundleFrame>(&frame)) bundles.push_back(bundle);
    ASSERT_EQ(bundles.size(), 3U);
    std::swap(bundles[0]->bundle, bundles[2]->bundle);
  });
  for (const RecordId& id : ids) EXPECT_TRUE(shows(laptop, id)) << "the chain tells which comes first";
  int seen = 0;
  sync_without(tablet, [&](const SyncFrame& frame) { return is_bundle(frame) && ++seen == 2; });
  EXPECT_TRUE(shows(tablet, ids[0]));
  EXPECT_FALSE(shows(tablet, ids[2]));
  EXPECT_NE(tablet.vault.status()->quarantined, 0U);
  for (const Bytes& again : bundles_at_relay()) sync_and_put_in(laptop, again);
  for (const RecordId& id : ids) EXPECT_EQ(laptop.vault.history(id)->size(), 1U);
  for (int round = 0; round < 3; ++round) sync(tablet);
  for (const RecordId& id : ids) EXPECT_TRUE(shows(tablet, id));
  expect_peace();
}

/// The same within a bundle, by its author: the chain says how many changes there are and in which order.
TEST_F(attack_D, D1_ChangesWithinABundleAreAsItsHeaderSays) {
  let_insider_in();
  const RecordId one = random_id<RecordId>(random);
  const RecordId two = random_id<RecordId>(random);
  const std::string first = insider.goal(one, "Eerst", clock.wall_ms());
  insider.go_back_to({1, insider.head().chain});
  const std::string second = insider.goal(two, "Dan", clock.wall_ms());
  insider.go_back_to({0, chain_start(circle, insider.author())});
  const Bytes swapped = insider.seal({second, first});
  insider.go_back_to({0, chain_start(circle, insider.author())});
  const Bytes honest = insider.seal({first, second});
  const ChainValue chain = parse_bundle(honest)->header.chain;
  const std::vector<Bytes> wrong{
      insider.told_otherwise(swapped, [&](BundleHeader& header) { header.chain = chain; }),
      insider.told_otherwise(honest, [](BundleHeader& header) { header.last = 3; }),
      insider.told_otherwise(honest, [](BundleHeader& header) { header.last = 1; }),
  };
  for (const Bytes& bundle : wrong) {
    sync_and_put_in(tablet, bundle);
    EXPECT_FALSE(shows(tablet, one));
    EXPECT_FALSE(shows(tablet, two));
    EXPECT_NE(tablet.vault.status()->quarantined, 0U);
  }
  ASSERT_EQ(pushed_bundle(honest), RefusalReason::kUnspecified);
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_TRUE(shows(tablet, one) && shows(tablet, two));
  expect_peace();
}

/// D2: the newest work of one author is kept from one reader; the next word of another shows it.
TEST_F(attack_D, D2_AWithheldTailShowsWithTheNextBundleOfAnother) {
  const RecordId withheld = put_goal(colleague, circle, "Achtergehouden");
  sync(colleague);
  sync(laptop);
  put_goal(laptop, circle, "Wie dit las, weet ervan");
  sync(laptop);
  sync_without(tablet, is_of(colleague));
  EXPECT_FALSE(shows(tablet, withheld));
  EXPECT_NE(tablet.vault.status()->quarantined, 0U) << "what builds on it waits, visibly";
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_TRUE(shows(tablet, withheld));
  EXPECT_EQ(tablet.vault.status()->quarantined, 0U);
}

/// D3: the same of all that an author ever wrote.
TEST_F(attack_D, D3_AnAuthorWhoIsWithheldWhollyIsMissed) {
  std::vector<RecordId> withheld;
  for (int i = 0; i < 3; ++i) {
    withheld.push_back(put_goal(colleague, circle, "Achtergehouden " + std::to_string(i)));
    sync(colleague);
  }
  sync_without(tablet, is_of(colleague));
  EXPECT_EQ(tablet.vault.status()->quarantined, 0U) << "nobody spoke of it yet (PROTOCOL.md P-130)";
  sync(laptop);
  const RecordId after = put_goal(laptop, circle, "Wie dit las, weet ervan");
  sync(laptop);
  sync_without(tablet, is_of(colleague));
  EXPECT_FALSE(shows(tablet, after));
  EXPECT_NE(tablet.vault.status()->quarantined, 0U) << "what builds on it waits, visibly";
  for (int round = 0; round < 3; ++round) sync(tablet);
  for (const RecordId& id : withheld) EXPECT_TRUE(shows(tablet, id));
  expect_peace();
}

/// D4: a relay that stands still for one device: the answer that it gave before, again and again.
TEST_F(attack_D, D4_AnOldAnswerConfirmsNothingNew) {
  put_goal(tablet, circle, "Toen");
  std::vector<SyncFrame> before;
  sync_with(tablet, [&](std::vector<SyncFrame>& frames) { before = frames; });
  ASSERT_TRUE(std::any_of(before.begin(), before.end(), [](const SyncFrame& frame) {
    return std::holds_alternative<ReceiptsFrame>(frame);
  })) << "with receipts, all of them signed";
  put_goal(colleague, circle, "Van een ander");
  sync(colleague);
  tablet.clock.advance(86'400'000);
  clock.advance(86'400'000);
  const RecordId now = put_goal(tablet, circle, "Nu");
  for (int round = 0; round < 3; ++round)
    sync_with(tablet, [&](std::vector<SyncFrame>& frames) { frames = before; });
  EXPECT_EQ(tablet.vault.status(now).value(), WriteState::kSent);
  EXPECT_LE(tablet.vault.status()->oldest_unconfirmed, tablet.clock.wall_ms()) << "which people see";
  // And with nothing at all: neither receipts nor news.
  for (int round = 0; round < 3; ++round)
    sync_with(tablet, [&](std::vector<SyncFrame>& frames) {
      std::erase_if(frames, [](const SyncFrame& frame) {
        return !std::holds_alternative<HelloFrame>(frame) && !std::holds_alternative<EndFrame>(frame);
      });
    });
  EXPECT_EQ(tablet.vault.status(now).value(), WriteState::kSent);
  expect_peace();
  EXPECT_EQ(tablet.vault.status(now).value(), WriteState::kConfirmed);
}

/// Receipts that somebody on the way made up, or changed.
TEST_F(attack_D, D4_AReceiptThatTheRelayDidNotSignConfirmsNothing) {
  put_goal(tablet, circle, "Toen");
  sync(tablet);
  const RecordId now = put_goal(tablet, circle, "Nu");
  const SigningKey other = SigningKey::generate(random);
  const std::vector<std::function<void(ReceiptsFrame&)>> changes{
      [](ReceiptsFrame& frame) { std::get<BundleReceipt>(frame.receipts.front()).sequence += 1; },
      [](ReceiptsFrame& frame) { frame.proof.time += 1; },
      [](ReceiptsFrame& frame) { frame.receipts.push_back(frame.receipts.front()); },
      [&](ReceiptsFrame& frame) {
        const Bytes message = receipt_message(merkle_leaf(receipts_root(frame.receipts).view()),
                                              frame.proof.relay_epoch, frame.proof.time);
        frame.proof.signature = other.sign(label::kReceipt, message);
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    std::size_t changed = 0;
    sync_with(tablet, [&](std::vector<SyncFrame>& frames) {
      for (SyncFrame& frame : frames)
        if (auto* receipts = std::get_if<ReceiptsFrame>(&frame)) {
          changes[i](*receipts);
          ++changed;
        }
    });
    EXPECT_NE(changed, 0U);
    EXPECT_EQ(tablet.vault.status(now).value(), WriteState::kSent) << i;
  }
  expect_peace();
  EXPECT_EQ(tablet.vault.status(now).value(), WriteState::kConfirmed);
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
