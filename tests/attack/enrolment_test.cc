// SPDX-License-Identifier: EUPL-1.2
// Rows A1 and A7 to A10 of the checklist: who becomes a device, and who lets it in.
#include "tests/attack/carried_certificates.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_A = CarriedCertificates;

Invitation invitation(const std::string& text) { return *parse_invitation(text); }

/// A1: the relay puts a key of its own into the certificate that an admission carries.
TEST_F(attack_A, A1_NoKeyIsWrappedForWhatTheRelayPutIntoAnAdmission) {
  Device school(emmen, "Nog een school", 14);
  ASSERT_TRUE(colleague.vault.admit(circle, school.answer_of_registrar, {}));
  sync(colleague);
  const DeviceId false_id = device_id_of(kSuite1, *VerifyKey::parse(false_signing.public_key().view()),
                                         false_agreement.public_key());
  std::size_t swapped = 0;
  sync_with(tablet, [&](std::vector<SyncFrame>& frames) {
    for (SyncFrame& frame : frames) {
      auto* carried = std::get_if<EntryFrame>(&frame);
      if (carried == nullptr) continue;
      membership::SignedEntry envelope;
      envelope.ParseFromArray(carried->signed_entry.data(), static_cast<int>(carried->signed_entry.size()));
      membership::Entry entry = circle_test::entry_in(carried->signed_entry);
      ASSERT_TRUE(entry.has_admit());
      *entry.mutable_admit()->mutable_certificate() = with_false_key(entry.admit().certificate());
      entry.mutable_admit()->mutable_wrap()->set_recipient(field_of(false_id.view()));
      envelope.set_entry(entry.SerializeAsString());
      carried->signed_entry = encode_message(envelope);
      ++swapped;
    }
  });
  ASSERT_NE(swapped, 0U);
  EXPECT_EQ(members_at(tablet), 4U);
  EXPECT_NE(tablet.vault.status()->quarantined, 0U);
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kSuspicion));
  const std::set<DeviceId> recipients = recipients_of(newest_entry_of(tablet));
  EXPECT_EQ(recipients, ids_at(tablet));
  EXPECT_EQ(recipients.size(), 4U);
  EXPECT_FALSE(recipients.contains(false_id));
  for (int round = 0; round < 2; ++round) sync_all();
  EXPECT_TRUE(ids_at(tablet).contains(id_of(school))) << "who was meant gets in";
  expect_peace();
}

/// The same where the certificate goes from hand to hand through the relay, or to it.
TEST_F(attack_A, A1_AKeyThatWasSwappedInACarriedCertificateIsRefusedByWhoeverGetsIt) {
  Device school(emmen, "Nog een school", 14);
  membership::EnrolmentAnswer answer;
  answer.ParseFromArray(school.answer_of_registrar.data(),
                        static_cast<int>(school.answer_of_registrar.size()));
  *answer.mutable_certificate() = with_false_key(answer.certificate());
  EXPECT_EQ(tablet.vault.admit(circle, encode_message(answer), {}).error().code(), Code::kBadSignature);
  EXPECT_EQ(members_at(tablet), 4U);
  const auto altered = [&](HttpRequest request) {
    auto at = std::search(request.body.begin(), request.body.end(),
                          insider.identity().certificate().agreement_key.view().begin(),
                          insider.identity().certificate().agreement_key.view().end());
    EXPECT_NE(at, request.body.end());
    std::copy(false_agreement.public_key().view().begin(), false_agreement.public_key().view().end(), at);
    sign_request(request, insider, clock.wall_ms(), random_id<RequestNonce>(random));
    return relay.exchange(request, false)->status;
  };
  std::optional<HttpRequest> registration;
  relay.on_request = [&](const HttpRequest& request) {
    if (request.target == kDevicePath) registration = request;
  };
  insider.push(relay, clock, {});
  relay.on_request = nullptr;
  ASSERT_TRUE(registration);
  EXPECT_NE(altered(*registration), 200);
}

/// The relay's registered certificate of a member is another one: that decides nothing about who reads.
TEST_F(attack_A, A1_NoKeyIsWrappedForAnotherCertificateThatTheRelayRegistered) {
  const DeviceIdentity other = emmen.certified_device("Ook van de gemeente");
  auto write = std::move(*storage.begin());
  ASSERT_TRUE(write->put_certificate(id_of(laptop), other.signed_certificate()));
  ASSERT_TRUE(write->commit());
  relay.open(storage);
  sync(tablet);
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kSuspicion));
  const std::set<DeviceId> recipients = recipients_of(newest_entry_of(tablet));
  EXPECT_TRUE(recipients.contains(id_of(laptop)));
  EXPECT_FALSE(recipients.contains(other.device()));
}

/// A7, where a request is checked. That an invitation is redeemed once, also by two at the same moment,
/// stands in the registrar's book and is tried with the tools.
TEST_F(attack_A, A7_AnInvitationServesOnlyWhoKnowsItsSecretWhileItLasts) {
  const WallMs now = clock.wall_ms();
  const Invitation mine = invitation(emmen.invite());
  const Bytes request = request_enrolment(mine, "Nieuwe tablet", now, random)->request;
  ASSERT_TRUE(check_enrolment_request(mine, request, now)) << "the control";
  // Replayed into another invitation, though of the same secret.
  Invitation next = invitation(emmen.invite());
  EXPECT_EQ(check_enrolment_request(next, request, now).error().code(), Code::kNotFound);
  next.secret = mine.secret.clone();
  next.id = mine.id;
  next.role = "beheerder";
  EXPECT_EQ(check_enrolment_request(next, request, now).error().code(), Code::kBadSignature);
  // Replayed within its own it is the same candidate: the book knows the invitation by its id.
  EXPECT_EQ(check_enrolment_request(mine, request, now)->invitation, mine.id);
  EXPECT_EQ(check_enrolment_request(mine, request, mine.expires_at + 1).error().code(), Code::kExpired);
  EXPECT_FALSE(request_enrolment(mine, "Te laat", mine.expires_at + 1, random));
  for (int guess = 0; guess < 200; ++guess) {
    Invitation guessed = invitation(invitation_text(mine));
    Bytes secret(16);
    random.fill(secret);
    if (guess == 0) secret.assign(16, 0);
    guessed.secret = Secret::copy_of(secret);
    const Bytes forged_request = request_enrolment(guessed, "Geraden", now, random)->request;
    EXPECT_EQ(check_enrolment_request(mine, forged_request, now).error().code(), Code::kBadSignature);
  }
}

/// A8: whoever carries the request has it certify another's keys, or takes the certificate for its own.
TEST_F(attack_A, A8_ARequestThatAnotherPutInIsToldApart) {
  const WallMs now = clock.wall_ms();
  const std::string shown = emmen.invite();
  const auto victim = request_enrolment(invitation(shown), "Tablet van Anneke", now, random);
  membership::EnrolmentRequest carried;
  carried.ParseFromArray(victim->request.data(), static_cast<int>(victim->request.size()));
  membership::EnrolmentRequestBody body;
  body.ParseFromString(carried.body());
  body.set_signing_key(field_of(false_signing.public_key().view()));
  body.set_agreement_key(field_of(false_agreement.public_key().view()));
  carried.set_body(body.SerializeAsString());
  carried.set_signature(
      field_of(false_signing.sign("thuisbasis/1/enrolment", as_bytes(carried.body())).view()));
  EXPECT_EQ(check_enrolment_request(invitation(shown), encode_message(carried), now).error().code(),
            Code::kBadSignature);
  // With the proof of the victim's own request, but under another signature, it is no better.
  carried.ParseFromArray(victim->request.data(), static_cast<int>(victim->request.size()));
  carried.set_signature(
      field_of(false_signing.sign("thuisbasis/1/enrolment", as_bytes(carried.body())).view()));
  EXPECT_EQ(check_enrolment_request(invitation(shown), encode_message(carried), now).error().code(),
            Code::kBadSignature);
  // Who also saw the invitation gets as far as the six digits, which people compare.
  const auto thief = request_enrolment(invitation(shown), "Tablet van Anneke", now, random);
  const auto candidate = check_enrolment_request(invitation(shown), thief->request, now);
  ASSERT_TRUE(candidate);
  EXPECT_NE(candidate->code, victim->code);
  EXPECT_EQ(candidate->code, thief->code);
}

TEST_F(attack_A, A8_ACertificateForAnotherDoesNotCompleteAnEnrolment) {
  TemporaryFolder folder;
  FakeClock its_clock;
  auto vault = Vault::create(folder / "vault.db", Device::key(), {its_clock, random, Schema::builtin()});
  ASSERT_TRUE(vault->begin_enrolment(emmen.invite(), "Tablet van Anneke"));
  const auto start = vault->begin_enrolment(emmen.invite(), "Tablet van Anneke");
  ASSERT_TRUE(start);
  EXPECT_EQ(vault->complete_enrolment(laptop.answer_of_registrar).error().code(), Code::kBadKey);
  Municipality server(random, clock.wall_ms());
  EXPECT_FALSE(vault->complete_enrolment(
      encode_enrolment_answer({to_bytes(server.certified_device("x").signed_certificate()), {}})));
  EXPECT_FALSE(vault->membership());
  ASSERT_TRUE(vault->complete_enrolment(emmen.certify(start->request)));
  EXPECT_TRUE(vault->membership());
}

/// A9: who certifies devices cannot let one into a circle.
TEST_F(attack_A, A9_TheRegistrarAloneAddsNobodyToACircle) {
  Insider ghost(emmen.certified_device("Spook"), roots, random);
  const Bytes admitted = admission(ghost.identity()).signed_entry;
  const Bytes by_itself = forged(admitted, ghost.signing(), [&](membership::Entry& entry) {
    entry.set_author(field_of(ghost.device().view()));
  });
  const Bytes by_registrar = forged(admitted, emmen.registrar(), [&](membership::Entry& entry) {
    entry.set_author(field_of(id_of(tablet).view()));
  });
  for (const Bytes& entry : {by_itself, by_registrar}) {
    EXPECT_NE(pushed(entry), RefusalReason::kUnspecified);
    for (Device* device : {&tablet, &colleague}) {
      sync_and_put_in_entry(*device, entry);
      EXPECT_FALSE(ids_at(*device).contains(ghost.device()));
      EXPECT_NE(device->vault.status()->quarantined, 0U);
    }
  }
  // Of the relay it gets nothing; with all that the relay has, no key.
  put_goal(tablet, circle, "Alleen voor wie erbij hoort");
  sync(tablet);
  const std::vector<SyncFrame> shown = ghost.push(relay, clock, {});
  EXPECT_TRUE(std::none_of(shown.begin(), shown.end(), is_entry));
  EXPECT_TRUE(std::none_of(shown.begin(), shown.end(), is_bundle));
  ghost.read(storage, circle);
  EXPECT_FALSE(ghost.circle().is_member());
  EXPECT_EQ(ghost.circle().newest_key(), nullptr);
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kSuspicion));
  EXPECT_EQ(recipients_of(newest_entry_of(colleague)), ids_at(colleague));
  EXPECT_FALSE(ids_at(colleague).contains(ghost.device()));
  expect_peace();
}

/// A10: nor can a coach let in a device that nobody certified, in whatever way it is put.
TEST_F(attack_A, A10_ACoachAloneAdmitsNobodyUncertified) {
  const SigningKey signing = SigningKey::generate(random);
  const auto certified_by = [&](const SigningKey& registrar) {
    return issue_certificate(registrar, signing.public_key(), false_agreement.public_key(),
                             {900, clock.wall_ms() - 1000, clock.wall_ms() + 1'000'000},
                             {"p", "Gemeente Emmen", "gezinscoach", "Onbekend"}, random)
        ->signed_certificate;
  };
  const DeviceIdentity model = emmen.certified_device("Joris van de wijk");
  const DeviceId uncertified = device_id_of(kSuite1, signing.public_key(), false_agreement.public_key());
  const KeyWrap wrap = *insider.key().wrap_for(uncertified, false_agreement.public_key(),
                                               insider.circle().log().newest_epoch()->header_hash);
  for (const SigningKey* hand : std::initializer_list<const SigningKey*>{&insider.signing(), &signing}) {
    const Bytes entry =
        forged(admission(model).signed_entry, insider.signing(), [&](membership::Entry& admitted) {
          const Bytes certificate = certified_by(*hand);
          membership::Admit& admit = *admitted.mutable_admit();
          admit.mutable_certificate()->ParseFromArray(certificate.data(),
                                                      static_cast<int>(certificate.size()));
          admit.mutable_wrap()->set_recipient(field_of(wrap.recipient.view()));
          admit.mutable_wrap()->set_enc(field_of(wrap.enc));
          admit.mutable_wrap()->set_ciphertext(field_of(wrap.ciphertext));
        });
    EXPECT_EQ(pushed(entry), RefusalReason::kBadEntry);
    for (Device* device : {&tablet, &laptop}) {
      sync_and_put_in_entry(*device, entry);
      EXPECT_FALSE(ids_at(*device).contains(uncertified));
      EXPECT_NE(device->vault.status()->quarantined, 0U);
    }
  }
  expect_peace_by_a_new_key();
}

}  // namespace
}  // namespace thuisbasis::attack
