// SPDX-License-Identifier: EUPL-1.2
// Rows B6, B8 and B11 of the checklist: suites, and keys in another place or time; against whole vaults.
#include "tests/attack/epoch_attack.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_B = EpochAttack;

/// B6: there is one suite, and no word of anybody's that makes it another.
TEST_F(attack_B, B6_OtherSuitesAreRefusedWhereverTheyStand) {
  let_insider_in();
  const std::vector<std::uint32_t> suites{0, 2, 65'537, 0xffff'ffff};
  for (const std::uint32_t suite : suites) {
    const Bytes entry = forged(rotation().signed_entry, insider.signing(),
                               [&](membership::Entry& rotated) { rotated.set_suite(suite); });
    EXPECT_EQ(pushed(entry), RefusalReason::kUnknownSuite);
    for (Device* device : {&tablet, &laptop}) {
      sync_and_put_in_entry(*device, entry);
      EXPECT_EQ(device->vault.circle(circle)->epoch, 1U);
    }
  }
  const DeviceIdentity guest = emmen.certified_device("Joris van de wijk");
  for (const std::uint32_t suite : suites) {
    membership::EnrolmentAnswer answer;
    answer.mutable_certificate()->ParseFromArray(guest.signed_certificate().data(),
                                                 static_cast<int>(guest.signed_certificate().size()));
    membership::DeviceCertificate body;
    body.ParseFromString(answer.certificate().certificate());
    body.set_suite(suite);
    answer.mutable_certificate()->set_certificate(body.SerializeAsString());
    answer.mutable_certificate()->set_signature(field_of(
        emmen.registrar().sign(label::kCertificate, as_bytes(answer.certificate().certificate())).view()));
    answer.set_attributes(field_of(guest.attributes()));
    EXPECT_EQ(tablet.vault.admit(circle, encode_message(answer), {}).error().code(), Code::kUnknownSuite);
  }
  // So often in vain, what stands there is asked for again when the vault is opened next (PROTOCOL.md P-102).
  for (Device* device : {&tablet, &laptop}) device->reopen();
  expect_peace();
}

TEST_F(attack_B, B6_ABundleOfAnotherSuiteIsRefused) {
  let_insider_in();
  const RecordId id = random_id<RecordId>(random);
  const Bytes bundle = insider.seal({insider.goal(id, "Onder een andere suite", clock.wall_ms())});
  for (const std::uint16_t suite : std::initializer_list<std::uint16_t>{0, 2, 0xffff}) {
    Bytes other = bundle;
    other[4] = static_cast<Byte>(suite >> 8);
    other[5] = static_cast<Byte>(suite);
    const ByteView header = ByteView(other).first(kBundleHeaderSize);
    const ByteView ciphertext =
        ByteView(other).subspan(kBundleHeaderSize, other.size() - kBundleHeaderSize - Signature::kSize);
    const Signature signature =
        insider.signing().sign(label::kBundle, bundle_signature_message(header, ciphertext));
    std::copy(signature.view().begin(), signature.view().end(), other.end() - Signature::kSize);
    EXPECT_EQ(pushed_bundle(other), RefusalReason::kUnknownSuite);
    sync_and_put_in(tablet, other);
    EXPECT_FALSE(shows(tablet, id));
  }
  EXPECT_EQ(pushed_bundle(bundle), RefusalReason::kUnspecified) << "the control";
  sync(tablet);
  EXPECT_TRUE(shows(tablet, id));
}

/// The floor of suites is the lead's to raise, never anybody's to lower.
TEST_F(attack_B, B6_TheLeastSuiteOnlyRises) {
  let_insider_in();
  for (const std::uint32_t suite : {0U, 1U, 2U}) {
    const NewEntry next = *set_policy(insider.circle(), CirclePolicy::kAnyMember, clock.wall_ms());
    const Bytes entry = forged(next.signed_entry, insider.signing(), [&](membership::Entry& lowered) {
      lowered.set_type(membership::MIN_SUITE);
      lowered.mutable_min_suite()->set_suite(suite);
    });
    EXPECT_EQ(pushed(entry), RefusalReason::kBadEntry);
    expect_refused_by_all(entry);
  }
  expect_peace_by_a_new_key();
}

/// B8: the wraps of one circle's key, put into an epoch of another circle of the same people.
TEST_F(attack_B, B8_AWrapServesInItsOwnCircleOnly) {
  let_insider_in();
  const CircleId other =
      *tablet.vault.create_circle({random_id<DossierId>(random), "school", "Gezin De Wit", {}});
  for (const Bytes& answer : {colleague.answer_of_registrar, laptop.answer_of_registrar, insider.answer()})
    ASSERT_TRUE(tablet.vault.admit(other, answer, {}));
  ASSERT_TRUE(tablet.vault.rotate(other, EpochReason::kSuspicion));
  sync_all();
  const std::uint32_t last = storage.circle(other)->value().entries - 1;
  const Bytes stored = storage.entry(other, last)->value().signed_entry;
  const membership::EpochRecord theirs = circle_test::entry_in(stored).rotate();
  ASSERT_EQ(theirs.epoch(), 2U);
  const NewEntry honest = rotation();
  const Bytes moved = forged(honest.signed_entry, insider.signing(), [&](membership::Entry& rotated) {
    membership::EpochRecord& record = *rotated.mutable_rotate();
    *record.mutable_wraps() = theirs.wraps();
    record.set_commitment(theirs.commitment());
    record.set_sealed_metadata(theirs.sealed_metadata());
    record.set_history_link(theirs.history_link());
  });
  expect_taken_by_the_relay_only(moved, honest.archive_wrap);
}

/// B11: who is let in from now on gets the link to nothing before, nor by the keys that follow. (What it may
/// read its vault cannot show yet: of every author it lacks the changes before. So its keys are tried.)
TEST_F(attack_B, B11_WhoIsLetInFromNowOnReadsNothingOfBefore) {
  let_insider_in();
  put_goal(tablet, circle, "Van voor de tijd");
  sync(tablet);
  const std::size_t before = overheard.size();
  Device guest(emmen, "Joris van de wijk", 14);
  const NewEntry cut = rotation(false);
  ASSERT_EQ(pushed(cut.signed_entry, cut.archive_wrap), RefusalReason::kUnspecified);
  insider.read(storage, circle);
  membership::EnrolmentAnswer answer;
  ASSERT_TRUE(answer.ParseFromArray(guest.answer_of_registrar.data(),
                                    static_cast<int>(guest.answer_of_registrar.size())));
  const Bytes certificate = encode_message(answer.certificate());
  const Admission from_now{certificate, as_bytes(answer.attributes()), false, {}};
  const NewEntry admitted = *admit_device(insider.circle(), from_now, clock.wall_ms(), random);
  ASSERT_EQ(pushed(admitted.signed_entry), RefusalReason::kUnspecified);
  sync_all();
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kAge));
  const RecordId after = put_goal(tablet, circle, "Van daarna");
  for (int round = 0; round < 2; ++round) sync_all();
  sync(guest);
  ASSERT_TRUE(shows(laptop, after));
  EXPECT_GT(overheard.size(), before);
  EXPECT_EQ(readable_by(guest, before), overheard.size() - before) << "the control";
  EXPECT_EQ(readable_by(guest, 0), overheard.size() - before) << "of what was before nothing";
  EXPECT_EQ(readable_by(laptop, 0), overheard.size()) << "who was there before reads all of it";
}

}  // namespace
}  // namespace thuisbasis::attack
