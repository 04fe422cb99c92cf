// SPDX-License-Identifier: EUPL-1.2
// Rows B1 to B4 and B10 of the checklist: who gets a key, and which; against whole vaults.
#include "core/circle/roster.h"
#include "tests/attack/epoch_attack.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_B = EpochAttack;

/// B1: one more recipient, by whoever carries the entry or by who may sign it.
TEST_F(attack_B, B1_NobodyIsAddedToTheRecipientsOfAKey) {
  let_insider_in();
  Insider ghost(emmen.certified_device("Spook"), roots, random);
  const auto add_ghost = [&](membership::Entry& entry) {
    membership::EpochRecord& record = *entry.mutable_rotate();
    membership::Wrap extra = record.wraps(0);
    extra.set_recipient(field_of(ghost.device().view()));
    *record.add_wraps() = extra;
    set_recipients(record);
  };
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kSuspicion));
  sync(colleague);
  sync_with_entries_changed(tablet, add_ghost);
  EXPECT_EQ(tablet.vault.circle(circle)->epoch, 1U);
  EXPECT_NE(tablet.vault.status()->quarantined, 0U);
  expect_peace();
  EXPECT_EQ(tablet.vault.circle(circle)->epoch, 2U);
  insider.read(storage, circle);
  const NewEntry honest = rotation();
  const Bytes entry = forged(honest.signed_entry, insider.signing(), add_ghost);
  EXPECT_EQ(pushed(entry, honest.archive_wrap), RefusalReason::kBadEntry);
  expect_refused_by_all(entry);
  expect_peace_by_a_new_key();
}

/// B2: one recipient less. The record says for whom it is, so everyone sees it and not only who lacks a key.
TEST_F(attack_B, B2_NobodyIsDroppedFromTheRecipientsOfAKey) {
  let_insider_in();
  const auto drop = [&](membership::EpochRecord& record) {
    membership::EpochRecord kept = record;
    kept.clear_wraps();
    for (const membership::Wrap& wrap : record.wraps())
      if (as_text(id_of(laptop).view()) != wrap.recipient()) *kept.add_wraps() = wrap;
    ASSERT_EQ(kept.wraps_size() + 1, record.wraps_size());
    record = kept;
  };
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kSuspicion));
  sync(colleague);
  sync_with_entries_changed(laptop, [&](membership::Entry& entry) { drop(*entry.mutable_rotate()); });
  EXPECT_EQ(laptop.vault.circle(circle)->epoch, 1U);
  EXPECT_NE(laptop.vault.status()->quarantined, 0U);
  expect_peace();
  insider.read(storage, circle);
  for (const bool says_so : {false, true}) {
    const NewEntry honest = rotation();
    const Bytes entry = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& rotated) {
      drop(*rotated.mutable_rotate());
      if (says_so) set_recipients(*rotated.mutable_rotate());
    });
    EXPECT_EQ(pushed(entry, honest.archive_wrap), RefusalReason::kBadEntry);
    expect_refused_by_all(entry);
  }
  expect_peace_by_a_new_key();
}

/// B3: a coach gives one member another key than the rest. The relay cannot see it and takes the entry; no
/// member goes along, not even who got the right key, and nothing is sealed (PROTOCOL.md P-134).
TEST_F(attack_B, B3_NobodyGoesAlongWithAKeyThatNotEveryoneGot) {
  let_insider_in();
  const NewEntry honest = rotation();
  const EpochRecord record = record_of(honest);
  Bytes other(EpochKey::kSize);
  random.fill(other);
  const EpochKey false_key = *EpochKey::from_secret(circle, record.number, Secret::copy_of(other));
  const AgreementKey theirs = insider.circle().log().member(id_of(laptop))->certificate.agreement_key;
  const KeyWrap wrap = *false_key.wrap_for(id_of(laptop), theirs, record.header_hash);
  const Bytes entry = forged(honest.signed_entry, insider.signing(),
                             [&](membership::Entry& rotated) { set_wrap(*rotated.mutable_rotate(), wrap); });
  expect_taken_by_the_relay_only(entry, honest.archive_wrap);
}

TEST_F(attack_B, B3_NobodyGoesAlongWithGarbageForTheArchive) {
  let_insider_in();
  const NewEntry honest = rotation();
  KeyWrap garbage = *parse_wrap(honest.archive_wrap);
  random.fill(garbage.ciphertext);
  const Bytes entry = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& rotated) {
    rotated.mutable_rotate()->set_archive_wrap_hash(field_of(archive_wrap_hash(garbage).view()));
  });
  expect_taken_by_the_relay_only(entry, encode_wrap(garbage));
}

TEST_F(attack_B, B3_NobodyGoesAlongWithAKeyOtherThanCommittedTo) {
  let_insider_in();
  const NewEntry honest = rotation();
  // Everything made anew, for the header that another commitment gives: all is right but what is inside.
  const EpochKey key = key_in(honest);
  const EpochKey other = EpochKey::generate(circle, key.epoch(), random);
  const EpochRecord record = record_of(honest);
  const Sha256Digest before = insider.circle().log().newest_epoch()->entry_hash;
  std::vector<DeviceId> everyone;
  for (const auto& [device, member] : insider.circle().log().members()) everyone.push_back(device);
  const Sha256Digest header =
      epoch_header_hash(circle, key.epoch(), before, recipients_hash(everyone), other.commitment());
  const KeyWrap archive =
      *key.wrap_for(archive_recipient(roots.archive.value()), roots.archive.value(), header);
  const Bytes entry = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& rotated) {
    for (const auto& [device, member] : insider.circle().log().members())
      set_wrap(*rotated.mutable_rotate(), *key.wrap_for(device, member.certificate.agreement_key, header));
    rotated.mutable_rotate()->set_commitment(field_of(other.commitment().view()));
    rotated.mutable_rotate()->set_history_link(field_of(*key.link_to(insider.key(), header, random)));
    rotated.mutable_rotate()->set_sealed_metadata(
        field_of(*seal_roster({insider.circle().metadata().value(), {}}, key, header, random)));
    rotated.mutable_rotate()->set_archive_wrap_hash(field_of(archive_wrap_hash(archive).view()));
  });
  expect_taken_by_the_relay_only(entry, encode_wrap(archive));
}

/// B4: an epoch that was, as the newest; and another under a number that is taken.
TEST_F(attack_B, B4_AnEpochIsNeitherPlayedBackNorRepeated) {
  let_insider_in();
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kSuspicion));
  sync_all();
  insider.read(storage, circle);
  const std::uint32_t newest = insider.circle().log().size() - 1;
  const Bytes first = storage.entry(circle, 1)->value().signed_entry;
  const Bytes second = storage.entry(circle, newest)->value().signed_entry;
  for (const Bytes& played_back : {first, second}) {
    sync_and_put_in_entry(tablet, played_back);
    EXPECT_EQ(tablet.vault.circle(circle)->epoch, 2U);
  }
  expect_peace();
  const NewEntry honest = rotation();
  for (const std::uint32_t number : {1U, 2U, 4U, 0U}) {
    const Bytes repeated = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& entry) {
      entry.mutable_rotate()->set_epoch(number);
    });
    EXPECT_EQ(pushed(repeated, honest.archive_wrap), RefusalReason::kBadEntry) << number;
    expect_refused_by_all(repeated);
  }
  const Bytes of_another = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& entry) {
    entry.mutable_rotate()->set_previous_epoch_hash(
        field_of(insider.circle().log().epochs().front().entry_hash.view()));
  });
  EXPECT_EQ(pushed(of_another, honest.archive_wrap), RefusalReason::kBadEntry);
  expect_refused_by_all(of_another);
  expect_peace_by_a_new_key();
}

/// B10: the relay's own key in the archive's place, and no archive at all.
TEST_F(attack_B, B10_NobodyGoesAlongWithAnEpochForAnotherArchive) {
  let_insider_in();
  const NewEntry honest = rotation();
  const AgreementPrivateKey of_relay = AgreementPrivateKey::generate(random);
  const Bytes without = forged(honest.signed_entry, insider.signing(), [](membership::Entry& rotated) {
    rotated.mutable_rotate()->clear_archive_wrap_hash();
  });
  EXPECT_EQ(pushed(without, honest.archive_wrap), RefusalReason::kMalformed);
  expect_refused_by_all(without);
  // For the right recipient, but sealed to another key.
  const KeyWrap wrap = *key_in(honest).wrap_for(archive_recipient(roots.archive.value()),
                                                of_relay.public_key(), record_of(honest).header_hash);
  const Bytes entry = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& rotated) {
    rotated.mutable_rotate()->set_archive_wrap_hash(field_of(archive_wrap_hash(wrap).view()));
  });
  ASSERT_TRUE(open_wrap(circle, record_of({entry, {}}), wrap, of_relay)) << "the relay would read all of it";
  expect_taken_by_the_relay_only(entry, encode_wrap(wrap));
}

/// The same from the beginning: a circle that was founded for another archive is none of ours.
TEST_F(attack_B, B10_ACircleForAnotherArchiveIsNotJoined) {
  const AgreementPrivateKey of_relay = AgreementPrivateKey::generate(random);
  const TrustRoots false_roots{emmen.registrar_key(), of_relay.public_key()};
  const DeviceIdentity founder = emmen.certified_device("Wie van binnen komt");
  const CircleId lure = random_id<CircleId>(random);
  CircleMetadata metadata;
  metadata.dossier = random_id<DossierId>(random);
  metadata.circle_kind = "school";
  metadata.name = "Gezin Brouwer";
  const auto founded = *found_circle(founder, false_roots, lure, metadata, clock.wall_ms(), random);
  MemberCircle theirs(founder, false_roots);
  std::vector<Bytes> entries;
  for (const NewEntry& one : founded) {
    ASSERT_TRUE(theirs.apply(one.signed_entry));
    entries.push_back(one.signed_entry);
  }
  membership::EnrolmentAnswer answer;
  ASSERT_TRUE(answer.ParseFromArray(tablet.answer_of_registrar.data(),
                                    static_cast<int>(tablet.answer_of_registrar.size())));
  const Bytes certificate = encode_message(answer.certificate());
  entries.push_back(
      admit_device(theirs, {certificate, as_bytes(answer.attributes()), true, {}}, clock.wall_ms(), random)
          ->signed_entry);
  std::uint64_t sequence = 0;
  sync_with(tablet, [&](std::vector<SyncFrame>& frames) {
    for (const Bytes& entry : entries) frames.insert(frames.end() - 1, EntryFrame{lure, ++sequence, entry});
  });
  const std::vector<CircleOverview> known = tablet.vault.circles().value();
  for (const CircleOverview& one : known) EXPECT_TRUE(one.id != lure || !one.readable);
  EXPECT_NE(tablet.vault.status()->quarantined, 0U);
}

}  // namespace
}  // namespace thuisbasis::attack
