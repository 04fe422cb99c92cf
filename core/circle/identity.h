// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/crypto/hpke.h"
#include "core/crypto/signing.h"
#include "core/verify/certificate.h"

namespace thuisbasis {

/// A device as itself: its two private keys and what the registrar said about them. Moves, never copies. Any
/// thread may read.
class DeviceIdentity final {
 public:
  /// Puts an identity together (fresh from enrolment, or from the vault). kBadSignature, kMalformed and
  /// kNotPermitted as verify_certificate; kBadKey when the certificate is for other keys; kBadSignature for
  /// other attributes.
  static Result<DeviceIdentity> make(SigningKey signing, AgreementPrivateKey agreement,
                                     Bytes signed_certificate, Bytes attributes,
                                     const VerifyKey& registrar_key);

  const DeviceId& device() const { return certificate_.device; }
  const SigningKey& signing() const { return signing_; }
  const AgreementPrivateKey& agreement() const { return agreement_; }
  const DeviceCertificate& certificate() const { return certificate_; }
  ByteView signed_certificate() const { return signed_certificate_; }  ///< serialized SignedCertificate
  ByteView attributes() const { return attributes_; }                  ///< serialized CertificateAttributes

 private:
  DeviceIdentity(SigningKey signing, AgreementPrivateKey agreement, DeviceCertificate certificate,
                 Bytes signed_certificate, Bytes attributes);
  SigningKey signing_;
  AgreementPrivateKey agreement_;
  DeviceCertificate certificate_;
  Bytes signed_certificate_;
  Bytes attributes_;
};

}  // namespace thuisbasis
