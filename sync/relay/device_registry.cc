// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/device_registry.h"

namespace thuisbasis {

Result<const DeviceCertificate*> DeviceRegistry::find(const DeviceId& device) {
  if (const DeviceCertificate* known = remembered_.find(device)) return known;
  TB_TRY(const auto stored, storage_.certificate(device));
  if (!stored) return static_cast<const DeviceCertificate*>(nullptr);
  // Fails when the operator configured another registrar meanwhile: its devices are then unknown.
  const auto certificate = verify_certificate(*stored, registrar_);
  if (!certificate) return static_cast<const DeviceCertificate*>(nullptr);
  return &remembered_.put(device, *certificate);
}

Result<VerifyKey> DeviceRegistry::signing_key(const DeviceId& device) {
  TB_TRY(const DeviceCertificate* certificate, find(device));
  if (certificate == nullptr) return Error(Code::kUnknownDevice, "no certificate of this device");
  TB_CHECK(check_validity(*certificate, clock_.wall_ms()));
  return certificate->signing_key;
}

Result<DeviceCertificate> DeviceRegistry::check(ByteView signed_certificate) const {
  TB_TRY(DeviceCertificate certificate, verify_certificate(signed_certificate, registrar_));
  TB_CHECK(check_validity(certificate, clock_.wall_ms()));
  return certificate;
}

Status DeviceRegistry::keep(const DeviceCertificate& certificate, ByteView signed_certificate) {
  TB_TRY(const DeviceCertificate* known, find(certificate.device));
  if (known != nullptr) {
    if (*known == certificate) return {};
    TB_CHECK(check_renewal(*known, certificate));
  }
  TB_TRY(auto write, storage_.begin());
  TB_CHECK(write->put_certificate(certificate.device, signed_certificate));
  TB_CHECK(write->commit());
  remembered_.put(certificate.device, certificate);
  return {};
}

}  // namespace thuisbasis
