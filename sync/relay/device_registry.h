// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/verify/certificate.h"
#include "sync/relay/lru_map.h"
#include "sync/relay/storage.h"
#include "sync/wire/request_signature.h"

namespace thuisbasis {

/// The devices that the registrar certified and that made themselves known here: where request signatures
/// find their keys. Checked certificates are remembered, because checking one costs three signatures. One
/// thread.
class DeviceRegistry final : public DeviceKeys {
 public:
  DeviceRegistry(RelayStorage& storage, const VerifyKey& registrar, Clock& clock)
      : storage_(storage), registrar_(registrar), clock_(clock) {}

  /// kUnknownDevice, kExpired, or the storage's own errors.
  Result<VerifyKey> signing_key(const DeviceId& device) override;

  /// What a certificate that arrives must be: signed by the registrar and valid today.
  Result<DeviceCertificate> check(ByteView signed_certificate) const;
  /// Keeps a checked certificate, durably. kConflict when a newer one of the device is here already.
  Status keep(const DeviceCertificate& certificate, ByteView signed_certificate);

 private:
  static constexpr std::size_t kRememberedMax = 16'384;
  Result<const DeviceCertificate*> find(const DeviceId& device);  // null when unknown

  RelayStorage& storage_;
  VerifyKey registrar_;
  Clock& clock_;
  LruMap<DeviceId, DeviceCertificate> remembered_{kRememberedMax};
};

}  // namespace thuisbasis
