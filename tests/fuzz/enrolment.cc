// SPDX-License-Identifier: EUPL-1.2
// Both messages of an enrolment, which travel by any way people find.
// The first byte: 0 a request as it stands, 1 the body of a request by a holder of the invitation, 2 an
// answer as it stands, 3 an answer whose certificate the registrar signs.
#include <array>

#include "core/circle/labels.h"
#include "core/crypto/kdf.h"
#include "core/verify/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/town.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr Byte kDevice = 3;
constexpr std::size_t kCodeDigits = 6;

struct World {
  Town town;
  Invitation invitation = town.invitation();
};

/// What PROTOCOL.md P-55 asks of a request, around any body.
Bytes request_around(const Invitation& invitation, ByteView body) {
  Bytes proven = to_bytes(as_bytes(label::kEnrolmentProof));
  proven.push_back(0);
  append(proven, invitation_hash(invitation).view());
  append(proven, body);
  membership::EnrolmentRequest request;
  request.set_body(field_of(body));
  request.set_proof(field_of(hmac_sha256(invitation.secret, proven).view()));
  request.set_signature(field_of(signing_key(kDevice).sign(label::kEnrolment, body).view()));
  return encode_message(request);
}

void try_request(const World& world, ByteView request) {
  const auto candidate = check_enrolment_request(world.invitation, request, kNow);
  if (!candidate) return;
  expect(candidate->invitation == world.invitation.id, "a request is for its invitation");
  expect(candidate->code.size() == kCodeDigits, "six digits are compared");
}

Bytes certified_answer(const World& world, ByteView answer) {
  membership::EnrolmentAnswer message;
  membership::DeviceCertificate body;
  if (!message.ParseFromArray(answer.data(), static_cast<int>(answer.size())) ||
      !body.ParseFromString(message.certificate().certificate()))
    return to_bytes(answer);
  body.set_attributes_hash(field_of(hash_attributes(as_bytes(message.attributes())).view()));
  const Bytes bytes = encode_message(body);
  message.mutable_certificate()->set_certificate(field_of(bytes));
  message.mutable_certificate()->set_signature(
      field_of(world.town.registrar.sign(label::kCertificate, bytes).view()));
  return encode_message(message);
}

void try_answer(const World& world, ByteView answer) {
  PendingEnrolment pending{signing_key(kDevice), agreement_key(kDevice), {}, {}};
  const auto identity = accept_enrolment(std::move(pending), world.invitation, answer);
  if (!identity) return;
  expect(identity->certificate().signing_key == signing_key(kDevice).public_key(),
         "a device takes no certificate for another's key");
  expect(hash_attributes(identity->attributes()) == identity->certificate().attributes_hash,
         "nor attributes that were not certified");
}

}  // namespace

void fuzz(ByteView input) {
  static auto& world = *new World;
  Input parts(input);
  switch (parts.byte() % 4) {
    case 0:
      return try_request(world, parts.rest());
    case 1:
      return try_request(world, request_around(world.invitation, parts.rest()));
    case 2:
      return try_answer(world, parts.rest());
    default:
      return try_answer(world, certified_answer(world, parts.rest()));
  }
}

}  // namespace thuisbasis::fuzzing
