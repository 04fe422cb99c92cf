// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/enrolment.h"

#include "core/base/wire_bytes.h"
#include "core/circle/labelled.h"
#include "core/circle/labels.h"
#include "core/crypto/kdf.h"
#include "core/verify/hash.h"
#include "core/verify/messages.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kRequestBytesMax = 4096;
constexpr std::size_t kDisplayNameMax = 256;
constexpr std::size_t kAttributesSaltSize = 16;
constexpr std::uint64_t kCodes = 1'000'000;
constexpr std::size_t kCodeDigits = 6;

Sha256Digest proof_of(const Invitation& invitation, ByteView body) {
  ByteWriter message = labelled(label::kEnrolmentProof);
  message.raw(invitation_hash(invitation).view());
  message.raw(body);
  return hmac_sha256(invitation.secret, message.view());
}

/// Both sides derive it from all that was said; whoever replaced a byte on the way sees another number.
std::string code_of(const Invitation& invitation, ByteView request) {
  const Sha256Digest digest =
      Sha256(label::kEnrolmentCode).add(invitation_hash(invitation).view()).add(request).finish();
  std::uint64_t value = 0;
  for (const Byte byte : digest.view().first(sizeof value)) value = value << 8 | byte;
  std::string digits = std::to_string(value % kCodes);
  return std::string(kCodeDigits - digits.size(), '0') + digits;
}

Status check_terms(const CertificateTerms& terms, const Bytes& attributes) {
  if (terms.serial == 0) return Error(Code::kInvalidArgument, "serials of certificates start at 1");
  if (terms.valid_from < 0 || terms.valid_until <= terms.valid_from)
    return Error(Code::kInvalidArgument, "certificate would never be valid");
  if (attributes.size() > kAttributesBytesMax)
    return Error(Code::kInvalidArgument, "names in the certificate are too long");
  return {};
}

Bytes encode_attributes(const CertificateAttributes& attributes, Random& random) {
  membership::CertificateAttributes message;
  std::string salt(kAttributesSaltSize, '\0');
  random.fill({reinterpret_cast<Byte*>(salt.data()), salt.size()});
  message.set_salt(std::move(salt));
  message.set_person(attributes.person);
  message.set_organisation(attributes.organisation);
  message.set_role(attributes.role);
  message.set_display_name(attributes.display_name);
  return encode_message(message);
}

}  // namespace

Result<PendingEnrolment> request_enrolment(const Invitation& invitation, std::string_view display_name,
                                           WallMs now, Random& random) {
  TB_CHECK(check_invitation(invitation, now));
  if (display_name.size() > kDisplayNameMax) return Error(Code::kInvalidArgument, "display name is too long");
  SigningKey signing = SigningKey::generate(random);
  AgreementPrivateKey agreement = AgreementPrivateKey::generate(random);
  membership::EnrolmentRequestBody body;
  body.set_suite(kSuite1);
  body.set_invitation(field_of(invitation.id.view()));
  body.set_signing_key(field_of(signing.public_key().view()));
  body.set_agreement_key(field_of(agreement.public_key().view()));
  body.set_display_name(std::string(display_name));
  body.set_requested_at(now);
  const Bytes body_bytes = encode_message(body);
  membership::EnrolmentRequest request;
  request.set_body(field_of(body_bytes));
  request.set_proof(field_of(proof_of(invitation, body_bytes).view()));
  request.set_signature(field_of(signing.sign(label::kEnrolment, body_bytes).view()));
  Bytes request_bytes = encode_message(request);
  std::string code = code_of(invitation, request_bytes);
  return PendingEnrolment{std::move(signing), std::move(agreement), std::move(request_bytes),
                          std::move(code)};
}

Result<EnrolmentCandidate> check_enrolment_request(const Invitation& invitation, ByteView request,
                                                   WallMs now) {
  TB_TRY(const auto envelope,
         parse_envelope<membership::EnrolmentRequest>(request, kRequestBytesMax, "enrolment request"));
  const ByteView body_bytes = as_bytes(envelope.body());
  TB_TRY(const auto body,
         parse_message<membership::EnrolmentRequestBody>(body_bytes, kRequestBytesMax, "enrolment request"));
  if (body.suite() != kSuite1)
    return Error(Code::kUnknownSuite, "enrolment of suite " + std::to_string(body.suite()));
  TB_TRY(const auto id, fixed_field<InvitationId>(body.invitation(), "enrolment's invitation"));
  if (id != invitation.id) return Error(Code::kNotFound, "enrolment was made with another invitation");
  TB_CHECK(check_invitation(invitation, now));
  if (!equal_constant_time(proof_of(invitation, body_bytes).view(), as_bytes(envelope.proof())))
    return Error(Code::kBadSignature, "enrolment does not prove that it has the invitation");
  TB_TRY(const VerifyKey signing_key, VerifyKey::parse(as_bytes(body.signing_key())));
  TB_TRY(const AgreementKey agreement_key, AgreementKey::parse(as_bytes(body.agreement_key())));
  if (body.display_name().size() > kDisplayNameMax)
    return Error(Code::kTooLarge, "enrolment's name is too long");
  TB_CHECK(verify_signature(signing_key, label::kEnrolment, body_bytes, as_bytes(envelope.signature())));
  return EnrolmentCandidate{id, signing_key, agreement_key, body.display_name(),
                            code_of(invitation, request)};
}

Result<IssuedCertificate> issue_certificate(const SigningKey& registrar, const VerifyKey& signing_key,
                                            const AgreementKey& agreement_key, const CertificateTerms& terms,
                                            const CertificateAttributes& attributes, Random& random) {
  Bytes attribute_bytes = encode_attributes(attributes, random);
  TB_CHECK(check_terms(terms, attribute_bytes));
  membership::DeviceCertificate body;
  body.set_suite(kSuite1);
  body.set_signing_key(field_of(signing_key.view()));
  body.set_agreement_key(field_of(agreement_key.view()));
  body.set_valid_from(terms.valid_from);
  body.set_valid_until(terms.valid_until);
  body.set_serial(terms.serial);
  body.set_attributes_hash(field_of(hash_attributes(attribute_bytes).view()));
  body.set_issuer_key(field_of(registrar.public_key().view()));
  const Bytes body_bytes = encode_message(body);
  membership::SignedCertificate envelope;
  envelope.set_certificate(field_of(body_bytes));
  envelope.set_signature(field_of(registrar.sign(label::kCertificate, body_bytes).view()));
  return IssuedCertificate{encode_message(envelope), std::move(attribute_bytes)};
}

Bytes encode_enrolment_answer(const IssuedCertificate& issued) {
  membership::EnrolmentAnswer answer;
  answer.mutable_certificate()->ParseFromArray(issued.signed_certificate.data(),
                                               static_cast<int>(issued.signed_certificate.size()));
  answer.set_attributes(field_of(issued.attributes));
  return encode_message(answer);
}

Result<DeviceIdentity> accept_enrolment(PendingEnrolment pending, const Invitation& invitation,
                                        ByteView answer) {
  TB_TRY(const auto message, parse_envelope<membership::EnrolmentAnswer>(
                                 answer, kCertificateBytesMax + kAttributesBytesMax, "enrolment answer"));
  return DeviceIdentity::make(std::move(pending.signing), std::move(pending.agreement),
                              encode_message(message.certificate()), to_bytes(as_bytes(message.attributes())),
                              invitation.registrar_key);
}

}  // namespace thuisbasis
