// SPDX-License-Identifier: EUPL-1.2
// Rows A2 to A6 and A12 of the checklist: certificates and keys, against whole vaults and their relay.
#include <sodium.h>

#include "tests/attack/carried_certificates.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_A = CarriedCertificates;

std::size_t goals_at(Device& device) {
  ListFilter goals;
  goals.kind = kGoal;
  return device.vault.list(goals)->size();
}

/// A2: certificates of a registrar that the relay made. Its root was never pinned by anybody.
TEST_F(attack_A, A2_ACertificateOfAnotherRegistrarIsRefused) {
  Municipality server(random, clock.wall_ms());
  const DeviceIdentity ghost = server.certified_device("Spook");
  expect_nobody_admits(ghost.signed_certificate(), Code::kNotPermitted);
  // With the pinned key named in it, it is only a signature that does not hold.
  membership::SignedCertificate message = message_of(ghost);
  message.set_certificate(field_of(
      with_body(ghost, [&](Body& body) { body.set_issuer_key(field_of(emmen.registrar_key().view())); })));
  message.set_signature(
      field_of(server.registrar().sign(label::kCertificate, as_bytes(message.certificate())).view()));
  expect_nobody_admits(encode_message(message), Code::kBadSignature);
  expect_peace_by_a_new_key();
}

TEST_F(attack_A, A2_ACircleOfAnotherMunicipalityIsNobodysHere) {
  Municipality server(random, clock.wall_ms());
  Device ghost(server, "Spook", 15);
  const CircleId lure =
      *ghost.vault.create_circle({random_id<DossierId>(random), "school", "Gezin Brouwer", {}});
  std::uint64_t sequence = 0;
  const Outgoing outgoing = ghost.vault.sync().outgoing(std::size_t{1} << 20, 0).value();
  sync_with(tablet, [&](std::vector<SyncFrame>& frames) {
    for (const OutgoingEntry& entry : outgoing.entries)
      frames.insert(frames.end() - 1, EntryFrame{lure, ++sequence, entry.signed_entry});
  });
  ASSERT_GE(sequence, 2U);
  const std::vector<CircleOverview> known = tablet.vault.circles().value();
  for (const CircleOverview& one : known)
    EXPECT_TRUE(one.id == circle || (one.members == 0 && !one.readable)) << "nothing to write into";
  expect_peace_by_a_new_key();
}

/// A3: nothing of a certificate can be made to say something else: not whose it is, nor since when, nor what
/// stands behind it; and an admission to one circle is none to another.
TEST_F(attack_A, A3_EveryFieldOfACertificateStandsUnderTheSignature) {
  const std::vector<std::function<void(Body&)>> changes{
      [](Body& body) { body.set_valid_from(body.valid_from() - 1); },
      [](Body& body) { body.set_valid_until(body.valid_until() + 1); },
      [](Body& body) { body.set_serial(body.serial() + 1); },
      [](Body& body) { body.mutable_attributes_hash()->front() ^= 1; },
      [&](Body& body) {
        body.set_signing_key(field_of(insider.identity().certificate().signing_key.view()));
      },
      [&](Body& body) {
        body.set_agreement_key(field_of(insider.identity().certificate().agreement_key.view()));
      },
  };
  for (const auto& change : changes) expect_nobody_admits(carried(change), Code::kBadSignature);
  expect_peace_by_a_new_key();
}

TEST_F(attack_A, A3_AnotherOrganisationOrRoleBelongsToAnotherCertificate) {
  membership::CertificateAttributes attributes;
  attributes.ParseFromArray(guest.attributes().data(), static_cast<int>(guest.attributes().size()));
  attributes.set_organisation("Gemeente Elders");
  for (const std::string& role : {attributes.role(), std::string("beheerder")}) {
    attributes.set_role(role);
    const Bytes answer =
        encode_enrolment_answer({to_bytes(guest.signed_certificate()), encode_message(attributes)});
    EXPECT_EQ(tablet.vault.admit(circle, answer, {}).error().code(), Code::kBadSignature);
  }
  const Bytes of_another = encode_enrolment_answer(
      {to_bytes(guest.signed_certificate()), to_bytes(insider.identity().attributes())});
  EXPECT_EQ(tablet.vault.admit(circle, of_another, {}).error().code(), Code::kBadSignature);
  EXPECT_EQ(members_at(tablet), 4U);
}

TEST_F(attack_A, A3_AnAdmissionToOneCircleIsNoneToAnother) {
  const CircleId other =
      *tablet.vault.create_circle({random_id<DossierId>(random), "school", "Gezin De Wit", {}});
  sync(tablet);
  // The third entry of the one circle, the admission of the laptop, as the third of the other.
  const Bytes admitted = storage.entry(circle, 2)->value().signed_entry;
  const std::uint64_t head = storage.circle(other)->value().head;
  sync_and_put_in_frame(tablet, EntryFrame{other, head + 1, admitted});
  EXPECT_EQ(tablet.vault.members(other)->size(), 1U);
  EXPECT_EQ(pushed(admitted), RefusalReason::kUnspecified) << "the control: in its own place it is known";
  EXPECT_EQ(storage.circle(other)->value().head, head);
  expect_peace_by_a_new_key();
}

/// A4: a signature over one kind of thing serves for no other, and an id is no key.
TEST_F(attack_A, A4_ASignatureOfOneKindDoesNotServeForAnother) {
  for (const std::string_view other : {label::kMembership, label::kBundle, label::kReceipt, label::kDevice})
    expect_nobody_admits(signed_anew(
                             guest, [](Body&) {}, other),
                         Code::kBadSignature);
  for (const std::string_view other : {label::kCertificate, label::kBundle, label::kEntry}) {
    membership::SignedEntry envelope;
    const Bytes whole = admission(guest).signed_entry;
    envelope.ParseFromArray(whole.data(), static_cast<int>(whole.size()));
    envelope.set_signature(field_of(insider.signing().sign(other, as_bytes(envelope.entry())).view()));
    expect_nobody_takes(encode_message(envelope));
  }
  const Bytes bundle = insider.seal({insider.goal(random_id<RecordId>(random), "Vals", clock.wall_ms())});
  const auto parts = *parse_bundle(bundle);
  for (const std::string_view other : {label::kMembership, label::kCertificate}) {
    Bytes relabelled(bundle.begin(), bundle.end() - Signature::kSize);
    append(
        relabelled,
        insider.signing().sign(other, bundle_signature_message(parts.header_bytes, parts.ciphertext)).view());
    EXPECT_EQ(pushed_bundle(relabelled), RefusalReason::kBadSignature);
    const auto goals = goals_at(tablet);
    sync_and_put_in(tablet, relabelled);
    EXPECT_EQ(goals_at(tablet), goals);
  }
  EXPECT_EQ(pushed_bundle(bundle), RefusalReason::kUnspecified) << "the control";
}

TEST_F(attack_A, A4_ADeviceIdIsNoKeyAndAKeyNoDeviceId) {
  const ByteView key = guest.certificate().signing_key.view();
  const ByteView id = guest.device().view();
  expect_nobody_takes(forged(admission(guest).signed_entry, insider.signing(), [&](membership::Entry& entry) {
    entry.mutable_admit()->mutable_wrap()->set_recipient(field_of(key));
  }));
  const ByteView own_key = insider.identity().certificate().signing_key.view();
  expect_nobody_takes(forged(admission(guest).signed_entry, insider.signing(),
                             [&](membership::Entry& entry) { entry.set_author(field_of(own_key)); }));
  const Bytes for_id = signed_anew(guest, [&](Body& body) { body.set_signing_key(field_of(id)); });
  const Bytes answer = encode_enrolment_answer({for_id, to_bytes(guest.attributes())});
  EXPECT_EQ(tablet.vault.admit(circle, answer, {}).error().code(), Code::kBadKey);
  struct KeyAsId final : RequestSigner {
    explicit KeyAsId(const Insider& its) : one(its) {}
    DeviceId device() const override {
      return *DeviceId::from(one.identity().certificate().signing_key.view());
    }
    Signature sign_raw(ByteView message) const override { return one.sign_raw(message); }
    const Insider& one;
  };
  EXPECT_NE(status_of_registration(insider.identity().signed_certificate(), KeyAsId(insider)), 200);
}

/// A5: the eight points of small order, their forms that are not canonical, and a key with a small part.
TEST_F(attack_A, A5_SigningKeysOfSmallOrderAreRefused) {
  std::vector<Bytes> points;
  for (const char* y : {"0100000000000000000000000000000000000000000000000000000000000000",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "0000000000000000000000000000000000000000000000000000000000000000",
                        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",     // p: as 0
                        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {  // p + 1: as 1
    points.push_back(*from_hex(y));
    points.push_back(points.back());
    points.back().back() ^= 0x80;
  }
  Bytes mixed(32);
  ASSERT_EQ(
      crypto_core_ed25519_add(mixed.data(), guest.certificate().signing_key.view().data(), points[6].data()),
      0);
  points.push_back(mixed);
  for (const Bytes& point : points) {
    SCOPED_TRACE(to_hex(point));
    expect_nobody_admits(signed_anew(guest, [&](Body& body) { body.set_signing_key(field_of(point)); }),
                         Code::kBadKey);
  }
  expect_peace_by_a_new_key();
}

/// A6: X25519 points that give everybody the same secret, as a device's key and inside a wrap.
TEST_F(attack_A, A6_AgreementKeysOfLowOrderAreRefused) {
  for (const char* u : {"0000000000000000000000000000000000000000000000000000000000000000",
                        "0100000000000000000000000000000000000000000000000000000000000000",
                        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    SCOPED_TRACE(u);
    for (const Byte top : {Byte{0}, Byte{0x80}}) {
      Bytes point = *from_hex(u);
      point.back() |= top;
      expect_nobody_admits(signed_anew(guest, [&](Body& body) { body.set_agreement_key(field_of(point)); }),
                           Code::kBadKey);
      const Bytes wrapped = forged(rotation().signed_entry, insider.signing(), [&](membership::Entry& entry) {
        for (membership::Wrap& wrap : *entry.mutable_rotate()->mutable_wraps()) wrap.set_enc(field_of(point));
      });
      sync_and_put_in_entry(laptop, wrapped);
      EXPECT_EQ(laptop.vault.circle(circle)->epoch, 1U);
    }
  }
  expect_peace_by_a_new_key();
}

/// A12: the certificate that a device had before, played back after it got another.
TEST_F(attack_A, A12_AnOlderCertificateNeverTakesThePlaceOfANewer) {
  const DeviceIdentity& own = insider.identity();
  const Bytes newer = signed_anew(own, [](Body& body) {
    body.set_serial(body.serial() + 100);
    body.set_valid_until(body.valid_until() + 1);
  });
  ASSERT_EQ(pushed(certify_again(insider.circle(), newer, clock.wall_ms())->signed_entry),
            RefusalReason::kUnspecified);
  ASSERT_EQ(status_of_registration(newer, insider), 200);
  insider.read(storage, circle);
  sync_all();
  EXPECT_NE(status_of_registration(own.signed_certificate(), insider), 200);
  // An honest program would not even make the entry: it is put together by hand.
  const auto played_back = [&](const DeviceIdentity& device) {
    const NewEntry next = *set_policy(insider.circle(), CirclePolicy::kCoaches, clock.wall_ms());
    return forged(next.signed_entry, insider.signing(), [&](membership::Entry& entry) {
      entry.set_type(membership::CERTIFY);
      *entry.mutable_certify()->mutable_certificate() = message_of(device);
    });
  };
  EXPECT_EQ(pushed(played_back(own)), RefusalReason::kBadEntry);
  for (Device* device : {&tablet, &laptop}) {
    sync_and_put_in_entry(*device, played_back(own));
    EXPECT_NE(device->vault.status()->quarantined, 0U);
  }
  sync_all();
  ASSERT_TRUE(tablet.vault.remove(circle, {own.device()}));
  EXPECT_EQ(tablet.vault.admit(circle, insider.answer(), {}).error().code(), Code::kConflict);
  EXPECT_TRUE(tablet.vault.admit(circle, encode_enrolment_answer({newer, to_bytes(own.attributes())}), {}));
}

}  // namespace
}  // namespace thuisbasis::attack
