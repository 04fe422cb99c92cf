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

/// E1: one key on two machines. The copy goes on as another instance of the device, and says so; nothing of
/// either is lost, and no number has two contents.
TEST_F(attack_E, E1_OneKeyOnTwoMachinesIsNoticedAndLosesNothing) {
  put_goal(tablet, circle, "Van voor de kopie");
  sync(tablet);
  Device thief(tablet, 21);
  const RecordId own = put_goal(tablet, circle, "Van de tablet zelf");
  const RecordId stolen = put_goal(thief, circle, "Van wie hem kopieerde");
  sync(tablet);
  for (int round = 0; round < 3; ++round) sync(thief);
  sync_round(3);
  EXPECT_NE(thief.vault.self().instance, tablet.vault.self().instance);
  EXPECT_EQ(thief.vault.self().device, tablet.vault.self().device);
  EXPECT_TRUE(alarms_of(thief).contains(Alarm::kNewInstance));
  for (Device* device : {&tablet, &colleague, &laptop}) {
    EXPECT_TRUE(shows(*device, own));
    EXPECT_TRUE(shows(*device, stolen)) << "by a key that counts until it is taken out";
    EXPECT_EQ(device->vault.status()->quarantined, 0U);
  }
  expect_peace();
}

/// Of the copy's work the relay shows all but what it builds on: that it is another's shows without it.
TEST_F(attack_E, E1_AForkWhoseCausesAreWithheldHoldsNobodyUp) {
  Device copy(tablet, 21);
  put_goal(colleague, circle, "Van een collega");
  sync(colleague);
  sync(copy);
  put_goal(copy, circle, "Na wat de collega schreef");
  sync(copy);
  const RecordId own = put_goal(tablet, circle, "Van de tablet zelf");
  const auto is_of_colleague = [&](const SyncFrame& frame) {
    const auto* bundle = std::get_if<BundleFrame>(&frame);
    return bundle != nullptr && parse_bundle(bundle->bundle)->header.author.device == id_of(colleague);
  };
  for (int round = 0; round < 4; ++round) sync_without(tablet, is_of_colleague);
  EXPECT_GE(tablet.vault.status()->quarantined, 1U) << "the copy's waits";
  EXPECT_EQ(tablet.vault.status(own).value(), WriteState::kConfirmed);
  sync(laptop);
  EXPECT_TRUE(shows(laptop, own));
}

/// A relay that only says so, with bytes that the device never signed, drives nobody out of its instance.
TEST_F(attack_E, E1_AForkThatNobodySignedMovesNobody) {
  let_insider_in();
  put_goal(tablet, circle, "Van de tablet zelf");
  sync(tablet);
  const Author before = tablet.vault.self();
  const Bytes genuine = bundles_at_relay().back();
  const SealedBundle parts = *parse_bundle(genuine);
  ASSERT_EQ(parts.header.author, before);
  for (const std::uint64_t last : {parts.header.last, parts.header.last + 1}) {
    BundleHeader header = parts.header;
    header.first = header.last = last;
    random.fill(header.chain.mutable_view());
    Bytes unsigned_fork = to_bytes(encode_bundle_header(header));
    append(unsigned_fork, parts.ciphertext);
    append(unsigned_fork, parts.signature);
    sync_and_put_in(tablet, unsigned_fork);
    sync_and_put_in(tablet, signed_bundle(header, parts.ciphertext, insider.signing()));
    sync_and_put_in(laptop, signed_bundle(header, parts.ciphertext, insider.signing()));
  }
  EXPECT_EQ(tablet.vault.self(), before);
  EXPECT_FALSE(alarms_of(tablet).contains(Alarm::kNewInstance));
  laptop.reopen();
  expect_peace();
  EXPECT_EQ(tablet.vault.self(), before);
}

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

/// E5: a member signs and seals what is no change. It is passed over and noted, and its author's chain goes
/// on.
TEST_F(attack_E, E5_AMalformedChangeAtTheHeadStopsNobody) {
  let_insider_in();
  const std::string honest = insider.goal(random_id<RecordId>(random), "Van nummer een", clock.wall_ms());
  const std::vector<std::string> malformed{
      "\xff\xff\xff\xff",
      std::string(200, '\0'),
      "",
      std::string(60'000, '\x0b'),  // groups in groups
      honest.substr(0, honest.size() / 2),
  };
  std::vector<RecordId> after;
  for (const std::string& bytes : malformed) {
    ASSERT_EQ(pushed_bundle(insider.seal({bytes})), RefusalReason::kUnspecified);
    after.push_back(random_id<RecordId>(random));
    const Bytes next = insider.seal({insider.goal(after.back(), "Daarna gewoon verder", clock.wall_ms())});
    ASSERT_EQ(pushed_bundle(next), RefusalReason::kUnspecified);
  }
  // A change that holds another number than its place is as good as none.
  ASSERT_EQ(pushed_bundle(insider.seal({honest})), RefusalReason::kUnspecified);
  sync_round(2);
  for (Device* device : {&tablet, &colleague, &laptop}) {
    for (const RecordId& id : after) EXPECT_TRUE(shows(*device, id));
    EXPECT_TRUE(alarms_of(*device).contains(Alarm::kUnreadableChange));
    EXPECT_EQ(device->vault.status()->quarantined, 0U);
  }
  expect_peace();
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
