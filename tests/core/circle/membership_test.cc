// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "core/circle/circle_writer.h"
#include "core/verify/hash.h"
#include "tests/core/circle/circle_world.h"

namespace thuisbasis {
namespace {

using circle_test::code_of_failure;
using circle_test::entry_in;
using circle_test::forged;
using circle_test::Founded;
using circle_test::kNow;
using circle_test::kYearMs;
using circle_test::World;

class Membership : public ::testing::Test {
 protected:
  World world;
  DeviceIdentity tablet = world.device("tablet");
  DeviceIdentity laptop = world.device("laptop");
  Founded founded{world, tablet};

  NewEntry admission(const DeviceIdentity& device) {
    return *admit_device(founded.circle, {device.signed_certificate(), device.attributes(), true, {}}, kNow,
                         world.random);
  }
  NewEntry rotation() { return *rotate_epoch(founded.circle, {}, kNow, world.random); }
  /// What relay and member say to an entry; they must agree, unless it takes keys to see what is wrong.
  Code refused(ByteView entry) {
    MembershipLog relay = founded.relay_log(world);
    const Code code = code_of_failure(relay.apply(entry));
    EXPECT_EQ(relay.size(), founded.log.size());
    EXPECT_EQ(relay.head(), founded.circle.log().head());
    EXPECT_EQ(code_of_failure(founded.circle.apply(entry)), code);
    return code;
  }
  Code refused_by_members_only(ByteView entry) {
    MembershipLog relay = founded.relay_log(world);
    EXPECT_TRUE(relay.apply(entry));
    const std::uint32_t size = founded.circle.log().size();
    const Code code = code_of_failure(founded.circle.apply(entry));
    EXPECT_EQ(founded.circle.log().size(), size);
    return code;
  }
};

TEST_F(Membership, AFounderReadsItsCircleAndTheRelayKnowsOnlyFingerprints) {
  EXPECT_TRUE(founded.circle.is_member());
  ASSERT_NE(founded.circle.newest_key(), nullptr);
  EXPECT_EQ(founded.circle.metadata(), founded.metadata);
  EXPECT_EQ(to_bytes(tablet.attributes()), *founded.circle.attributes_of(tablet.device()));
  for (const NewEntry& entry : founded.log) {
    for (const char* canary : {"Gezin Voorbeeld", "kern", "tablet", "Gemeente"})
      EXPECT_EQ(as_text(entry.signed_entry).find(canary), std::string_view::npos);
  }
}

TEST_F(Membership, AnAdmittedDeviceReadsEveryEpochThroughHistory) {
  founded.rotate(world);
  founded.rotate(world);
  founded.admit(world, laptop);
  founded.rotate(world);
  const MemberCircle seen = founded.seen_by(world, laptop);
  for (std::uint32_t epoch = 1; epoch <= 4; ++epoch) {
    ASSERT_NE(seen.key(epoch), nullptr) << epoch;
    EXPECT_TRUE(seen.key(epoch)->secret() == founded.circle.key(epoch)->secret());
  }
  EXPECT_EQ(seen.metadata(), founded.metadata);
  EXPECT_EQ(*seen.attributes_of(tablet.device()), to_bytes(tablet.attributes()));
  EXPECT_EQ(*founded.circle.attributes_of(laptop.device()), to_bytes(laptop.attributes()));
  EXPECT_EQ(seen.log().head(), founded.circle.log().head());
}

TEST_F(Membership, AStrangerWithTheWholeLogHoldsNoKey) {
  const MemberCircle seen = founded.seen_by(world, laptop);
  EXPECT_FALSE(seen.is_member());
  EXPECT_EQ(seen.newest_key(), nullptr);
  EXPECT_FALSE(seen.metadata());
}

TEST_F(Membership, TheArchiveOpensEveryEpoch) {
  founded.rotate(world);
  const MembershipLog relay = founded.relay_log(world);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto wrap = parse_wrap(founded.log[i + 1].archive_wrap);
    ASSERT_TRUE(wrap);
    EXPECT_EQ(archive_wrap_hash(*wrap), relay.epochs()[i].archive_wrap_hash);
    const auto key = open_wrap(relay.circle(), relay.epochs()[i], *wrap, world.archive);
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->secret() == founded.circle.key(relay.epochs()[i].number)->secret());
  }
}

TEST_F(Membership, AttackB11FromNowOnNeedsAnEpochWithoutAWayBack) {
  founded.rotate(world);
  const Admission from_now{laptop.signed_certificate(), laptop.attributes(), false, {}};
  EXPECT_EQ(refused(admit_device(founded.circle, from_now, kNow, world.random)->signed_entry),
            Code::kNotPermitted);
  founded.rotate(world, false);
  founded.add(*admit_device(founded.circle, from_now, kNow, world.random));
  const MemberCircle seen = founded.seen_by(world, laptop);
  EXPECT_NE(seen.key(3), nullptr);
  EXPECT_EQ(seen.key(2), nullptr);
  EXPECT_EQ(seen.key(1), nullptr);
}

TEST_F(Membership, AttackA9TheRegistrarAloneCannotAddADevice) {
  const DeviceIdentity ghost = world.device("ghost");
  const Bytes entry = forged(admission(ghost).signed_entry, ghost.signing(),
                             [&](membership::Entry& e) { e.set_author(field_of(ghost.device().view())); });
  EXPECT_EQ(refused(entry), Code::kNotMember);
  const Bytes by_registrar =
      forged(admission(ghost).signed_entry, world.registrar, [](membership::Entry&) {});
  EXPECT_EQ(refused(by_registrar), Code::kBadSignature);
}

TEST_F(Membership, AttackA10AMemberAloneCannotAddAnUncertifiedDevice) {
  World server(99);
  const DeviceIdentity uncertified = server.device("uncertified");
  EXPECT_EQ(code_of_failure(admit_device(
                founded.circle, {uncertified.signed_certificate(), uncertified.attributes(), true, {}}, kNow,
                world.random)),
            Code::kNotPermitted);
  const Bytes entry = forged(admission(laptop).signed_entry, tablet.signing(), [&](membership::Entry& e) {
    e.mutable_admit()->mutable_certificate()->ParseFromArray(
        uncertified.signed_certificate().data(), static_cast<int>(uncertified.signed_certificate().size()));
  });
  EXPECT_EQ(refused(entry), Code::kNotPermitted);
}

TEST_F(Membership, AttackA2AGenesisOfAnotherRegistrarOrArchiveIsRefused) {
  World server(7);
  const DeviceIdentity ghost = server.device("ghost");
  const Founded foreign(server, ghost);
  MembershipLog relay({world.registrar.public_key(), {}});
  EXPECT_EQ(code_of_failure(relay.apply(foreign.log[0].signed_entry)), Code::kNotPermitted);
  MemberCircle member(tablet, {world.registrar.public_key(), server.archive.public_key()});
  EXPECT_EQ(code_of_failure(member.apply(founded.log[0].signed_entry)), Code::kNotPermitted);
  EXPECT_TRUE(member.log().empty());
}

TEST_F(Membership, AttackB1NobodyIsAddedToAnEpoch) {
  membership::SignedEntry envelope;
  const NewEntry rotated = rotation();
  envelope.ParseFromArray(rotated.signed_entry.data(), static_cast<int>(rotated.signed_entry.size()));
  membership::Entry entry = entry_in(rotated.signed_entry);
  membership::Wrap extra = entry.rotate().wraps(0);
  extra.set_recipient(field_of(laptop.device().view()));
  *entry.mutable_rotate()->add_wraps() = extra;
  envelope.set_entry(field_of(encode_message(entry)));
  EXPECT_EQ(refused(encode_message(envelope)), Code::kBadSignature);  // the relay, without the rotator's key
  EXPECT_EQ(refused(circle_test::sign_entry_bytes(entry, tablet.signing())),
            Code::kNotPermitted);  // and with it
}

TEST_F(Membership, AttackB2NobodyIsDroppedFromAnEpoch) {
  founded.admit(world, laptop);
  const Bytes entry = forged(rotation().signed_entry, tablet.signing(),
                             [](membership::Entry& e) { e.mutable_rotate()->mutable_wraps()->RemoveLast(); });
  EXPECT_EQ(refused(entry), Code::kNotPermitted);
}

TEST_F(Membership, AttackB3DifferentKeysForDifferentMembersAreNoticedByEachOfThem) {
  founded.admit(world, laptop);
  MemberCircle theirs = founded.seen_by(world, laptop);
  const Bytes entry = forged(rotation().signed_entry, tablet.signing(), [&](membership::Entry& e) {
    for (membership::Wrap& wrap : *e.mutable_rotate()->mutable_wraps()) {
      if (as_text(laptop.device().view()) == wrap.recipient()) wrap.mutable_ciphertext()->front() ^= 1;
    }
  });
  EXPECT_EQ(refused_by_members_only(entry),
            Code::kNotPermitted);  // the wrap of another is not what it must be
  EXPECT_EQ(code_of_failure(theirs.apply(entry)), Code::kDecryptFailed);  // and theirs does not open
  EXPECT_EQ(theirs.log().size(), 3U);
}

TEST_F(Membership, AttackB3AKeyOtherThanCommittedToIsRefused) {
  const Bytes entry = forged(rotation().signed_entry, tablet.signing(), [](membership::Entry& e) {
    e.mutable_rotate()->mutable_commitment()->front() ^= 1;
  });
  EXPECT_EQ(refused_by_members_only(entry), Code::kDecryptFailed);
}

TEST_F(Membership, AttackA6ALowOrderPointInAWrapGivesNoKey) {
  founded.admit(world, laptop);
  MemberCircle theirs = founded.seen_by(world, laptop);
  for (const char first : {'\0', '\1'}) {
    const Bytes entry = forged(rotation().signed_entry, tablet.signing(), [&](membership::Entry& e) {
      for (membership::Wrap& wrap : *e.mutable_rotate()->mutable_wraps())
        wrap.set_enc(std::string(1, first) + std::string(31, '\0'));
    });
    EXPECT_EQ(code_of_failure(theirs.apply(entry)), Code::kDecryptFailed);
  }
}

TEST_F(Membership, AttackA4ADeviceIdIsNoKey) {
  const Bytes entry = forged(admission(laptop).signed_entry, tablet.signing(), [&](membership::Entry& e) {
    e.mutable_admit()->mutable_wrap()->set_recipient(field_of(laptop.certificate().signing_key.view()));
  });
  EXPECT_EQ(refused(entry), Code::kNotPermitted);
}

TEST_F(Membership, AttackB4AnEpochIsNeverPlayedBackOrRepeated) {
  founded.rotate(world);
  EXPECT_EQ(refused(founded.log[1].signed_entry), Code::kStaleLog);
  const auto replayed = [&](const std::function<void(membership::Entry&)>& more) {
    return forged(founded.log[2].signed_entry, tablet.signing(), [&](membership::Entry& e) {
      e.set_index(3);
      e.set_predecessor(field_of(founded.circle.log().head().view()));
      more(e);
    });
  };
  EXPECT_EQ(refused(replayed([](membership::Entry&) {})), Code::kNotPermitted);
  EXPECT_EQ(refused(replayed([](membership::Entry& e) { e.mutable_rotate()->set_epoch(3); })),
            Code::kNotPermitted);
  EXPECT_EQ(refused(forged(rotation().signed_entry, tablet.signing(),
                           [](membership::Entry& e) { e.mutable_rotate()->set_epoch(4); })),
            Code::kNotPermitted);
}

TEST_F(Membership, AttackB6OtherSuitesAreRefused) {
  for (const std::uint32_t suite : {0U, 2U, 65537U, 0xffffffffU}) {
    const Bytes entry =
        forged(rotation().signed_entry, tablet.signing(), [&](membership::Entry& e) { e.set_suite(suite); });
    EXPECT_EQ(refused(entry), Code::kUnknownSuite);
  }
  MembershipLog relay({world.registrar.public_key(), {}});
  const Bytes genesis = forged(founded.log[0].signed_entry, tablet.signing(),
                               [](membership::Entry& e) { e.mutable_genesis()->set_min_suite(2); });
  EXPECT_EQ(code_of_failure(relay.apply(genesis)), Code::kUnknownSuite);
}

TEST_F(Membership, AttackB8AWrapOfAnotherCircleDoesNotOpen) {
  Founded other(world, tablet);
  const auto wrap_of = [](const Founded& from) {
    const membership::Entry entry = entry_in(from.log[1].signed_entry);
    const membership::Wrap& wrap = entry.rotate().wraps(0);
    return KeyWrap{*DeviceId::from(as_bytes(wrap.recipient())), to_bytes(as_bytes(wrap.enc())),
                   to_bytes(as_bytes(wrap.ciphertext()))};
  };
  const MembershipLog& log = founded.circle.log();
  EXPECT_TRUE(open_wrap(log.circle(), log.epochs()[0], wrap_of(founded), tablet.agreement()));
  EXPECT_EQ(code_of_failure(open_wrap(log.circle(), log.epochs()[0], wrap_of(other), tablet.agreement())),
            Code::kDecryptFailed);
  EXPECT_EQ(code_of_failure(open_wrap(other.circle.log().circle(), log.epochs()[0], wrap_of(founded),
                                      tablet.agreement())),
            Code::kDecryptFailed);
}

TEST_F(Membership, AttackB10AnArchiveWrapThatDoesNotServeTheArchiveIsRefusedByEveryMember) {
  const Bytes entry = forged(rotation().signed_entry, tablet.signing(), [](membership::Entry& e) {
    e.mutable_rotate()->mutable_archive_wrap_hash()->front() ^= 1;
  });
  EXPECT_EQ(refused_by_members_only(entry), Code::kNotPermitted);
  const Bytes missing = forged(rotation().signed_entry, tablet.signing(),
                               [](membership::Entry& e) { e.mutable_rotate()->clear_archive_wrap_hash(); });
  EXPECT_EQ(refused(missing), Code::kMalformed);
}

TEST_F(Membership, EntriesFollowOneAnother) {
  const NewEntry first = admission(laptop);
  const NewEntry rival = rotation();
  founded.add(first);
  EXPECT_EQ(refused(rival.signed_entry), Code::kStaleLog);
  EXPECT_EQ(refused(first.signed_entry), Code::kStaleLog);
  EXPECT_EQ(refused(forged(rotation().signed_entry, tablet.signing(),
                           [](membership::Entry& e) { e.set_index(9); })),
            Code::kMissingDependency);
  EXPECT_EQ(refused(forged(rotation().signed_entry, tablet.signing(),
                           [](membership::Entry& e) { e.mutable_predecessor()->front() ^= 1; })),
            Code::kStaleLog);
  EXPECT_EQ(refused(forged(rotation().signed_entry, tablet.signing(),
                           [](membership::Entry& e) { e.mutable_circle()->front() ^= 1; })),
            Code::kNotPermitted);
}

TEST_F(Membership, ADeviceIsAdmittedOnce) {
  founded.admit(world, laptop);
  const Bytes again = forged(founded.log[2].signed_entry, tablet.signing(), [&](membership::Entry& e) {
    e.set_index(3);
    e.set_predecessor(field_of(founded.circle.log().head().view()));
  });
  EXPECT_EQ(refused(again), Code::kAlreadyExists);
}

TEST_F(Membership, ASerialBelongsToOneDevice) {
  world.serial = 0;
  const DeviceIdentity twin = world.device("twin");
  EXPECT_EQ(refused(admission(twin).signed_entry), Code::kConflict);
}

TEST_F(Membership, ACertificateMustBeValidWhenItIsUsed) {
  const auto at = [&](WallMs time) {
    return forged(admission(laptop).signed_entry, tablet.signing(),
                  [&](membership::Entry& e) { e.set_time(time); });
  };
  EXPECT_EQ(refused(at(kNow + kYearMs + 1)), Code::kExpired);
  EXPECT_EQ(refused(at(kNow - kYearMs - kCertificateGraceMs - 1)), Code::kExpired);
  EXPECT_TRUE(founded.circle.apply(at(kNow - kYearMs - kCertificateGraceMs)));
}

TEST_F(Membership, AnExpiredDeviceIsNotAdmittedByAClockThatMayBeRight) {
  const DeviceIdentity expired = world.device("expired", kNow - 1);
  const auto at = [&](WallMs now) {
    return admit_device(founded.circle, {expired.signed_certificate(), expired.attributes(), true, {}}, now,
                        world.random)
        ->signed_entry;
  };
  EXPECT_EQ(refused(at(kNow)), Code::kExpired);
  EXPECT_TRUE(founded.circle.apply(at(kNow + kYearMs + 1))) << "past the admitting device's own year";
}

TEST_F(Membership, BodiesAreOfTheirTypeAndTypesAreKnown) {
  const auto with_type = [&](membership::EntryType type) {
    return forged(rotation().signed_entry, tablet.signing(), [&](membership::Entry& e) { e.set_type(type); });
  };
  EXPECT_EQ(refused(with_type(membership::ADMIT)), Code::kMalformed);
  EXPECT_EQ(refused(with_type(membership::GENESIS)), Code::kMalformed);
  EXPECT_EQ(refused(with_type(membership::ENTRY_TYPE_UNSPECIFIED)), Code::kMalformed);
  EXPECT_EQ(refused(with_type(membership::FLOOR)), Code::kSchemaTooNew);
  EXPECT_EQ(refused(with_type(static_cast<membership::EntryType>(77))), Code::kSchemaTooNew);
}

TEST_F(Membership, ASecondGenesisIsRefused) {
  const Bytes second = forged(founded.log[0].signed_entry, tablet.signing(), [&](membership::Entry& e) {
    e.set_index(2);
    e.set_predecessor(field_of(founded.circle.log().head().view()));
  });
  EXPECT_EQ(refused(second), Code::kMalformed);
}

TEST_F(Membership, OversizeAndDamagedEntriesAreRefused) {
  const Bytes whole = rotation().signed_entry;
  EXPECT_EQ(refused(Bytes(kEntryBytesMax + 1)), Code::kTooLarge);
  MembershipLog relay = founded.relay_log(world);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= Byte{0x10};
    EXPECT_FALSE(relay.apply(damaged)) << "byte " << i;
    EXPECT_FALSE(relay.apply(ByteView(whole).first(i)));
  }
  EXPECT_TRUE(relay.apply(whole));
}

TEST_F(Membership, ARefusedRecipientOfHistoryDoesNotHideABrokenLink) {
  const NewEntry rotated = rotation();
  const Bytes entry = forged(rotated.signed_entry, tablet.signing(), [](membership::Entry& e) {
    e.mutable_rotate()->mutable_history_link()->back() ^= 1;
  });
  EXPECT_EQ(refused_by_members_only(entry), Code::kDecryptFailed);
}

/// The header says that its author knew this log up to there.
void know(BundleHeader& header, const MembershipLog& log, std::uint32_t index) {
  header.membership_index = index;
  header.membership_hash = *log.hash_at(index);
}

/// A relay that was put back may have another entry there, and so another epoch, than the author knew.
TEST_F(Membership, ABundleThatNamesAnotherLogMayBeOfAnyEpochThatHasBeen) {
  founded.admit(world, laptop);
  founded.rotate(world);
  const MembershipLog& log = founded.circle.log();
  BundleHeader header;
  header.circle = log.circle();
  header.author.device = laptop.device();
  header.membership_hash = sha256(as_bytes("another entry"));
  for (header.membership_index = 0; header.membership_index < 4; ++header.membership_index)
    for (header.epoch = 1; header.epoch <= 2; ++header.epoch) EXPECT_TRUE(log.check_place(header));
  header.membership_index = 3;
  header.epoch = 3;
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kMissingDependency);
  header.epoch = 0;
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kStaleEpoch);
  header.epoch = 1;
  header.membership_index = 4;
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kMissingDependency) << "ours may yet go there";
  header.membership_index = 3;
  header.author.device = world.device("stranger").device();
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kNotMember);
}

TEST_F(Membership, ABundleIsHeldAgainstTheEntryThatItNames) {
  founded.admit(world, laptop);
  founded.rotate(world);
  const MembershipLog& log = founded.circle.log();
  BundleHeader header;
  header.circle = log.circle();
  header.author.device = laptop.device();
  header.epoch = 2;
  know(header, log, 3);
  EXPECT_TRUE(log.check_place(header));
  header.membership_index = 4;
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kMissingDependency);
  know(header, log, 1);  // in a log that knew it earlier
  header.epoch = 1;
  EXPECT_TRUE(log.check_place(header));
  header.author.device = world.device("stranger").device();
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kNotMember);
  header.author.device = laptop.device();
  know(header, log, 3);
  header.epoch = 1;  // attack B5: it knew of epoch 2
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kStaleEpoch);
  know(header, log, 2);
  EXPECT_TRUE(log.check_place(header));
  header.circle = CircleId();
  EXPECT_EQ(code_of_failure(log.check_place(header)), Code::kNotPermitted);
}

TEST_F(Membership, AMemberReappliesWhatItKeepsAndHasTheSameCircle) {
  founded.admit(world, laptop);
  founded.rotate(world);
  MemberCircle rebuilt(laptop, world.roots());
  for (const NewEntry& entry : founded.log) ASSERT_TRUE(rebuilt.reapply(entry.signed_entry));
  const MemberCircle proven = founded.seen_by(world, laptop);
  EXPECT_EQ(rebuilt.log().head(), proven.log().head());
  EXPECT_EQ(rebuilt.metadata(), proven.metadata());
  for (const std::uint32_t epoch : {1U, 2U}) {
    ASSERT_NE(rebuilt.key(epoch), nullptr);
    EXPECT_EQ(rebuilt.key(epoch)->commitment(), proven.key(epoch)->commitment());
  }
  for (const DeviceIdentity* device : {&tablet, &laptop}) {
    EXPECT_EQ(*rebuilt.log().key_of(device->device()), *proven.log().key_of(device->device()));
    ASSERT_NE(rebuilt.attributes_of(device->device()), nullptr);
    EXPECT_EQ(*rebuilt.attributes_of(device->device()), *proven.attributes_of(device->device()));
  }
}

TEST_F(Membership, ReapplyingLeavesOutNoCheckThatCostsNoSignature) {
  const NewEntry next = admission(laptop);
  const auto as_if = [&](const std::function<void(membership::Entry&)>& change) {
    MemberCircle circle = founded.seen_by(world, tablet);
    return code_of_failure(circle.reapply(forged(next.signed_entry, tablet.signing(), change)));
  };
  EXPECT_EQ(as_if([](membership::Entry& e) { e.set_index(1); }), Code::kStaleLog);
  EXPECT_EQ(as_if([](membership::Entry& e) { e.mutable_predecessor()->front() ^= 1; }), Code::kStaleLog);
  EXPECT_EQ(as_if([](membership::Entry& e) { e.set_time(kNow + 2 * kYearMs); }), Code::kExpired);
  EXPECT_EQ(as_if([](membership::Entry& e) { e.mutable_admit()->set_epoch(2); }), Code::kNotPermitted);
  const Bytes by_another = forged(next.signed_entry, laptop.signing(), [](membership::Entry&) {});
  EXPECT_EQ(refused(by_another), Code::kBadSignature);
  EXPECT_TRUE(founded.circle.reapply(by_another));
}

TEST_F(Membership, AKeyIsHeldAgainstItsCommitmentWhenItIsReapplied) {
  const auto as_if = [&](const std::function<void(membership::EpochRecord&)>& change) {
    MemberCircle circle = founded.seen_by(world, tablet);
    return code_of_failure(
        circle.reapply(forged(rotation().signed_entry, tablet.signing(),
                              [&](membership::Entry& e) { change(*e.mutable_rotate()); })));
  };
  using Record = membership::EpochRecord;
  EXPECT_EQ(as_if([](Record& r) { r.mutable_commitment()->front() ^= 1; }), Code::kDecryptFailed);
  EXPECT_EQ(as_if([](Record& r) { r.mutable_wraps(0)->mutable_ciphertext()->front() ^= 1; }),
            Code::kDecryptFailed);
  EXPECT_EQ(as_if([](Record& r) { r.mutable_history_link()->back() ^= 1; }), Code::kDecryptFailed);
  EXPECT_EQ(as_if([](Record& r) { r.mutable_sealed_metadata()->back() ^= 1; }), Code::kDecryptFailed);
}

TEST_F(Membership, ADeviceThatWasAdmittedLateReappliesEveryEpoch) {
  founded.rotate(world);
  founded.rotate(world);
  founded.admit(world, laptop);
  MemberCircle rebuilt(laptop, world.roots());
  for (const NewEntry& entry : founded.log) ASSERT_TRUE(rebuilt.reapply(entry.signed_entry));
  for (const std::uint32_t epoch : {1U, 2U, 3U}) {
    ASSERT_NE(rebuilt.key(epoch), nullptr);
    EXPECT_EQ(rebuilt.key(epoch)->commitment(), founded.circle.key(epoch)->commitment());
  }
  EXPECT_EQ(rebuilt.metadata(), founded.circle.metadata());
}

TEST_F(Membership, AnEntryTellsItsPlaceBeforeAnythingElse) {
  const auto place = parse_entry_place(founded.log[1].signed_entry);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->index, 1U);
  EXPECT_EQ(place->circle, founded.circle.log().circle());
  EXPECT_EQ(place->hash, founded.circle.log().head());
  EXPECT_EQ(place->predecessor, *founded.circle.log().hash_at(0));
  EXPECT_EQ(place->author, tablet.device());
}

}  // namespace
}  // namespace thuisbasis
