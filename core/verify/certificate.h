// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/verify/protocol.h"
#include "core/verify/signature.h"

namespace thuisbasis {

/// A device's certificate (PROTOCOL.md P-50), parsed and proven: values of this type come only from
/// verify_certificate, and from entries that a log took in before, so whoever holds one knows that the
/// registrar signed it.
struct DeviceCertificate {
  std::uint16_t suite = 0;
  VerifyKey signing_key;
  AgreementKey agreement_key;
  WallMs valid_from = 0;
  WallMs valid_until = 0;
  std::uint64_t serial = 0;
  Sha256Digest attributes_hash;
  VerifyKey issuer_key;
  DeviceId device;  ///< derived: device_id_of the suite and both keys
  friend bool operator==(const DeviceCertificate&, const DeviceCertificate&) = default;
};

/// Who stands behind a device. Personal data: sealed to members, never seen by the relay.
struct CertificateAttributes {
  std::string person;  ///< pseudonym
  std::string organisation;
  std::string role;
  std::string display_name;
  friend bool operator==(const CertificateAttributes&, const CertificateAttributes&) = default;
};

/// Names the keys, nothing else: SHA-256("thuisbasis/1/device" 0 | suite | signing key | agreement key).
DeviceId device_id_of(std::uint16_t suite, const VerifyKey& signing_key, const AgreementKey& agreement_key);

/// Parses a serialized SignedCertificate and checks it against the pinned registrar key. kTooLarge,
/// kMalformed, kUnknownSuite, kBadKey (small order, non-canonical), kNotPermitted (another issuer),
/// kBadSignature. Does not look at the clock.
Result<DeviceCertificate> verify_certificate(ByteView signed_certificate, const VerifyKey& registrar_key);

/// kExpired outside [valid_from, valid_until]; any grace for wrong clocks is in the caller's `now`.
Status check_validity(const DeviceCertificate& certificate, WallMs now);

/// Whether `offered` may take the place of `known`: the same device, and the same certificate or a higher
/// serial. kConflict otherwise, so that an old certificate cannot be played back (CRYPTO A12).
Status check_renewal(const DeviceCertificate& known, const DeviceCertificate& offered);

/// SHA-256("thuisbasis/1/attributes" 0 | serialized CertificateAttributes).
Sha256Digest hash_attributes(ByteView attributes);
/// Parses serialized CertificateAttributes that belong to the certificate. kBadSignature when their hash is
/// another.
Result<CertificateAttributes> verify_attributes(ByteView attributes, const DeviceCertificate& certificate);

}  // namespace thuisbasis
