// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/certificate.h"

#include <algorithm>

#include "core/base/wire_bytes.h"
#include "core/verify/hash.h"
#include "core/verify/kept_certificate.h"
#include "core/verify/messages.h"
#include "core/verify/proof.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

constexpr WallMs kTimeMax = (WallMs{1} << 48) - 1;

Result<DeviceCertificate> read_body(const membership::DeviceCertificate& body) {
  if (body.suite() != kSuite1)
    return Error(Code::kUnknownSuite, "certificate of suite " + std::to_string(body.suite()));
  DeviceCertificate certificate;
  certificate.suite = kSuite1;
  TB_TRY(certificate.signing_key, VerifyKey::parse(as_bytes(body.signing_key())));
  TB_TRY(certificate.agreement_key, AgreementKey::parse(as_bytes(body.agreement_key())));
  TB_TRY(certificate.issuer_key, VerifyKey::parse(as_bytes(body.issuer_key())));
  TB_TRY(certificate.attributes_hash,
         fixed_field<Sha256Digest>(body.attributes_hash(), "certificate's attributes"));
  certificate.valid_from = body.valid_from();
  certificate.valid_until = body.valid_until();
  certificate.serial = body.serial();
  certificate.device = device_id_of(kSuite1, certificate.signing_key, certificate.agreement_key);
  if (certificate.valid_from < 0 || certificate.valid_until <= certificate.valid_from ||
      certificate.valid_until > kTimeMax)
    return Error(Code::kMalformed, "certificate's validity is empty or out of range");
  if (certificate.serial == 0) return Error(Code::kMalformed, "certificate without a serial");
  return certificate;
}

Result<DeviceCertificate> read_certificate(ByteView signed_certificate, const VerifyKey& registrar_key,
                                           Proof proof) {
  TB_TRY(const auto envelope, parse_envelope<membership::SignedCertificate>(
                                  signed_certificate, kCertificateBytesMax, "certificate"));
  const ByteView body_bytes = as_bytes(envelope.certificate());
  TB_TRY(const auto body,
         parse_message<membership::DeviceCertificate>(body_bytes, kCertificateBytesMax, "certificate"));
  TB_TRY(const DeviceCertificate certificate, read_body(body));
  if (certificate.issuer_key != registrar_key)
    return Error(Code::kNotPermitted, "certificate of another registrar than the one we trust");
  if (proof == Proof::kGivenBefore) return certificate;
  auto verified =
      verify_signature(registrar_key, label::kCertificate, body_bytes, as_bytes(envelope.signature()));
  if (!verified) return std::move(verified.error()).within("certificate");
  return certificate;
}

}  // namespace

DeviceId device_id_of(std::uint16_t suite, const VerifyKey& signing_key, const AgreementKey& agreement_key) {
  ByteWriter suite_bytes;
  suite_bytes.u16(suite);
  const Sha256Digest digest = Sha256(label::kDevice)
                                  .add(suite_bytes.view())
                                  .add(signing_key.view())
                                  .add(agreement_key.view())
                                  .finish();
  DeviceId device;
  std::copy(digest.view().begin(), digest.view().end(), device.mutable_view().begin());
  return device;
}

Result<DeviceCertificate> verify_certificate(ByteView signed_certificate, const VerifyKey& registrar_key) {
  return read_certificate(signed_certificate, registrar_key, Proof::kNow);
}

Result<DeviceCertificate> reread_certificate(ByteView signed_certificate, const VerifyKey& registrar_key) {
  return read_certificate(signed_certificate, registrar_key, Proof::kGivenBefore);
}

Status check_validity(const DeviceCertificate& certificate, WallMs now) {
  if (now < certificate.valid_from) return Error(Code::kExpired, "certificate is not valid yet");
  if (now > certificate.valid_until) return Error(Code::kExpired, "certificate has expired");
  return {};
}

Status check_renewal(const DeviceCertificate& known, const DeviceCertificate& offered) {
  if (known.device != offered.device) return Error(Code::kConflict, "certificate of another device");
  if (known == offered || offered.serial > known.serial) return {};
  return Error(Code::kConflict, "certificate with serial " + std::to_string(offered.serial) +
                                    " is older than the one we know, " + std::to_string(known.serial));
}

Sha256Digest hash_attributes(ByteView attributes) {
  return Sha256(label::kAttributes).add(attributes).finish();
}

Result<CertificateAttributes> verify_attributes(ByteView attributes, const DeviceCertificate& certificate) {
  if (hash_attributes(attributes) != certificate.attributes_hash)
    return Error(Code::kBadSignature, "attributes are not those that were certified");
  TB_TRY(auto message,
         parse_message<membership::CertificateAttributes>(attributes, kAttributesBytesMax, "attributes"));
  return CertificateAttributes{std::move(*message.mutable_person()),
                               std::move(*message.mutable_organisation()), std::move(*message.mutable_role()),
                               std::move(*message.mutable_display_name())};
}

}  // namespace thuisbasis
