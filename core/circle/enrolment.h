// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/circle/identity.h"
#include "core/circle/invitation.h"

namespace thuisbasis {

/// Enrolment with a one-time invitation (PROTOCOL.md P-55, CRYPTO 2.3): the device asks, both sides compare
/// six digits, the registrar certifies. Whoever carries the bytes can change nothing unnoticed.

/// The asking side's keys while it waits. Kept by the new device only.
struct PendingEnrolment {
  SigningKey signing;
  AgreementPrivateKey agreement;
  Bytes request;     ///< a serialized EnrolmentRequest, to be carried to the registrar
  std::string code;  ///< six digits, to be compared aloud
};
/// kExpired when the invitation is.
Result<PendingEnrolment> request_enrolment(const Invitation& invitation, std::string_view display_name,
                                           WallMs now, Random& random);

/// A request that proved to come from the holder of the invitation and of the keys in it.
struct EnrolmentCandidate {
  InvitationId invitation;  ///< redeem it once: the registrar's book says whether it was
  VerifyKey signing_key;
  AgreementKey agreement_key;
  std::string display_name;
  std::string code;
};
/// The registrar's check. kMalformed, kUnknownSuite, kExpired, kNotFound (made for another invitation),
/// kBadSignature (proof or signature), kBadKey.
Result<EnrolmentCandidate> check_enrolment_request(const Invitation& invitation, ByteView request,
                                                   WallMs now);

struct CertificateTerms {
  std::uint64_t serial = 0;  ///< higher than every one issued before
  WallMs valid_from = 0;
  WallMs valid_until = 0;
};
/// What the registrar hands out.
struct IssuedCertificate {
  Bytes signed_certificate;  ///< a serialized SignedCertificate
  Bytes attributes;          ///< serialized CertificateAttributes, salted
};
/// Certifies two keys. kInvalidArgument for a serial of 0, an empty validity or attributes that are too long.
Result<IssuedCertificate> issue_certificate(const SigningKey& registrar, const VerifyKey& signing_key,
                                            const AgreementKey& agreement_key, const CertificateTerms& terms,
                                            const CertificateAttributes& attributes, Random& random);

/// The answer as it is carried back: a serialized EnrolmentAnswer.
Bytes encode_enrolment_answer(const IssuedCertificate& issued);
/// The device's end: checks the answer against the invitation's registrar key and its own keys.
Result<DeviceIdentity> accept_enrolment(PendingEnrolment pending, const Invitation& invitation,
                                        ByteView answer);

}  // namespace thuisbasis
