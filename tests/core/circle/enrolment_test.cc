// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/enrolment.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/core/circle/circle_world.h"

namespace thuisbasis {
namespace {

using circle_test::code_of_failure;
using circle_test::kNow;
using circle_test::kYearMs;
using circle_test::World;

Invitation invite(World& world) {
  return make_invitation("https://relay.example:8443", world.registrar.public_key(),
                         world.archive.public_key(), kNow + kInvitationLifeMs, world.random);
}

IssuedCertificate certify(World& world, const EnrolmentCandidate& candidate) {
  return *issue_certificate(world.registrar, candidate.signing_key, candidate.agreement_key,
                            {++world.serial, kNow, kNow + kYearMs}, world.names(candidate.display_name),
                            world.random);
}

TEST(Invitation, SurvivesBeingCopiedWithSpacesAndLineEnds) {
  World world;
  const Invitation invitation = invite(world);
  std::string text = invitation_text(invitation);
  EXPECT_TRUE(text.starts_with("TB1-"));
  text.insert(40, "\n  ");
  const auto parsed = parse_invitation("  " + text + "\r\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->relay_url, invitation.relay_url);
  EXPECT_EQ(parsed->registrar_key, invitation.registrar_key);
  EXPECT_EQ(parsed->archive_key, invitation.archive_key);
  EXPECT_EQ(parsed->id, invitation.id);
  EXPECT_TRUE(parsed->secret == invitation.secret);
  EXPECT_EQ(invitation_hash(*parsed), invitation_hash(invitation));
}

TEST(Invitation, SaysWhatIsWrongWithIt) {
  World world;
  const std::string text = invitation_text(invite(world));
  EXPECT_NE(parse_invitation("hello").error().context().find("TB1-"), std::string::npos);
  for (std::size_t keep = 4; keep < text.size(); ++keep) EXPECT_FALSE(parse_invitation(text.substr(0, keep)));
  std::string typo = text;
  typo[20] = typo[20] == 'a' ? 'b' : 'a';
  EXPECT_NE(parse_invitation(typo).error().context().find("copied whole"), std::string::npos);
  EXPECT_EQ(code_of_failure(parse_invitation(std::string(kInvitationTextMax + 1, 'a'))), Code::kTooLarge);
}

TEST(Invitation, Expires) {
  World world;
  const Invitation invitation = invite(world);
  EXPECT_TRUE(check_invitation(invitation, kNow));
  EXPECT_EQ(code_of_failure(check_invitation(invitation, kNow + kInvitationLifeMs + 1)), Code::kExpired);
  EXPECT_EQ(code_of_failure(request_enrolment(invitation, "x", kNow + kInvitationLifeMs + 1, world.random)),
            Code::kExpired);
}

TEST(Enrolment, GivesADeviceItsIdentity) {
  World world;
  const Invitation invitation = invite(world);
  auto pending = request_enrolment(invitation, "Tablet", kNow, world.random);
  ASSERT_TRUE(pending);
  const auto candidate = check_enrolment_request(invitation, pending->request, kNow);
  ASSERT_TRUE(candidate);
  EXPECT_EQ(candidate->code, pending->code);
  EXPECT_EQ(candidate->code.size(), 6U);
  EXPECT_EQ(candidate->display_name, "Tablet");
  const Bytes answer = encode_enrolment_answer(certify(world, *candidate));
  const auto identity = accept_enrolment(std::move(*pending), invitation, answer);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->certificate().serial, 1U);
  EXPECT_EQ(verify_attributes(identity->attributes(), identity->certificate())->display_name, "Tablet");
}

TEST(Enrolment, AttackA1RefusesKeysThatWereSwappedOnTheWay) {
  World world;
  const Invitation invitation = invite(world);
  const auto honest = request_enrolment(invitation, "Tablet", kNow, world.random);
  membership::EnrolmentRequest request;
  request.ParseFromArray(honest->request.data(), static_cast<int>(honest->request.size()));
  membership::EnrolmentRequestBody body;
  body.ParseFromString(request.body());
  const SigningKey mallory = SigningKey::generate(world.random);
  body.set_signing_key(field_of(mallory.public_key().view()));
  const Bytes forged_body = encode_message(body);
  request.set_body(field_of(forged_body));
  request.set_signature(field_of(mallory.sign("thuisbasis/1/enrolment", forged_body).view()));
  EXPECT_EQ(code_of_failure(check_enrolment_request(invitation, encode_message(request), kNow)),
            Code::kBadSignature);
}

TEST(Enrolment, AttackA8TellsARequestOfAnotherInvitationApart) {
  World world;
  const Invitation mine = invite(world);
  const Invitation theirs = invite(world);
  const auto request = request_enrolment(theirs, "Tablet", kNow, world.random);
  EXPECT_EQ(code_of_failure(check_enrolment_request(mine, request->request, kNow)), Code::kNotFound);
  Invitation guessed = *parse_invitation(invitation_text(mine));
  guessed.secret = Secret(16);
  const auto guess = request_enrolment(guessed, "Tablet", kNow, world.random);
  EXPECT_EQ(code_of_failure(check_enrolment_request(mine, guess->request, kNow)), Code::kBadSignature);
}

TEST(Enrolment, AttackA1RefusesACertificateForOtherKeys) {
  World world;
  const Invitation invitation = invite(world);
  auto pending = request_enrolment(invitation, "Tablet", kNow, world.random);
  auto other = request_enrolment(invitation, "Tablet", kNow, world.random);
  const auto candidate = check_enrolment_request(invitation, other->request, kNow);
  const Bytes answer = encode_enrolment_answer(certify(world, *candidate));
  EXPECT_EQ(code_of_failure(accept_enrolment(std::move(*pending), invitation, answer)), Code::kBadKey);
}

TEST(Certificate, AttackA2OfAnotherRegistrarIsRefused) {
  World world;
  World server(2);
  const DeviceIdentity ghost = server.device("ghost");
  EXPECT_EQ(code_of_failure(verify_certificate(ghost.signed_certificate(), world.registrar.public_key())),
            Code::kNotPermitted);
}

membership::SignedCertificate certificate_message(const DeviceIdentity& device) {
  membership::SignedCertificate message;
  message.ParseFromArray(device.signed_certificate().data(),
                         static_cast<int>(device.signed_certificate().size()));
  return message;
}

TEST(Certificate, AttackA3EveryByteStandsUnderTheSignature) {
  World world;
  const DeviceIdentity device = world.device("a");
  const Bytes whole = to_bytes(device.signed_certificate());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const Byte flip : {Byte{1}, Byte{0x80}}) {
      Bytes damaged = whole;
      damaged[i] ^= flip;
      EXPECT_FALSE(verify_certificate(damaged, world.registrar.public_key())) << "byte " << i;
    }
  }
  const auto swapped = verify_attributes(world.device("b").attributes(), device.certificate());
  EXPECT_EQ(code_of_failure(swapped), Code::kBadSignature);
}

TEST(Certificate, NothingCanBeAddedAroundTheSignature) {
  World world;
  Bytes whole = to_bytes(world.device("a").signed_certificate());
  append(whole, Bytes{0x1a, 0x01, 0x00});  // an unknown field 3
  EXPECT_EQ(code_of_failure(verify_certificate(whole, world.registrar.public_key())), Code::kMalformed);
}

TEST(Certificate, AttackA4ASignatureOfAnotherKindDoesNotServe) {
  World world;
  const DeviceIdentity device = world.device("a");
  membership::SignedCertificate message = certificate_message(device);
  message.set_signature(
      field_of(world.registrar.sign(label::kMembership, as_bytes(message.certificate())).view()));
  EXPECT_EQ(code_of_failure(verify_certificate(encode_message(message), world.registrar.public_key())),
            Code::kBadSignature);
}

/// Certifies key bytes that no honest device has, as a careless registrar could.
Bytes certify_raw(World& world, ByteView signing_key, ByteView agreement_key) {
  membership::SignedCertificate message = certificate_message(world.device("a"));
  membership::DeviceCertificate body;
  body.ParseFromString(message.certificate());
  if (!signing_key.empty()) body.set_signing_key(field_of(signing_key));
  if (!agreement_key.empty()) body.set_agreement_key(field_of(agreement_key));
  message.set_certificate(field_of(encode_message(body)));
  message.set_signature(
      field_of(world.registrar.sign(label::kCertificate, as_bytes(message.certificate())).view()));
  return encode_message(message);
}

TEST(Certificate, AttackA5SmallOrderSigningKeysAreRefused) {
  World world;
  for (const char* hex : {"0100000000000000000000000000000000000000000000000000000000000000",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "0000000000000000000000000000000000000000000000000000000000000000",
                          "0000000000000000000000000000000000000000000000000000000000000080",
                          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                          "0100000000000000000000000000000000000000000000000000000000000080"}) {
    EXPECT_EQ(code_of_failure(
                  verify_certificate(certify_raw(world, *from_hex(hex), {}), world.registrar.public_key())),
              Code::kBadKey)
        << hex;
  }
}

TEST(Certificate, AttackA6LowOrderAgreementKeysAreRefused) {
  World world;
  std::array<Byte, 32> point{};
  EXPECT_EQ(code_of_failure(verify_certificate(certify_raw(world, {}, point), world.registrar.public_key())),
            Code::kBadKey);
  point[0] = 1;
  EXPECT_EQ(code_of_failure(verify_certificate(certify_raw(world, {}, point), world.registrar.public_key())),
            Code::kBadKey);
}

TEST(Certificate, AttackA12AnOlderOneNeverTakesThePlaceOfANewer) {
  World world;
  const DeviceCertificate older = world.device("a").certificate();
  DeviceCertificate newer = older;
  newer.serial = older.serial + 1;
  EXPECT_TRUE(check_renewal(older, newer));
  EXPECT_TRUE(check_renewal(older, older));
  EXPECT_EQ(code_of_failure(check_renewal(newer, older)), Code::kConflict);
  EXPECT_EQ(code_of_failure(check_validity(older, older.valid_until + 1)), Code::kExpired);
  EXPECT_EQ(code_of_failure(check_validity(older, older.valid_from - 1)), Code::kExpired);
  EXPECT_TRUE(check_validity(older, kNow));
}

}  // namespace
}  // namespace thuisbasis
