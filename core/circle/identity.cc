// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/identity.h"

namespace thuisbasis {

DeviceIdentity::DeviceIdentity(SigningKey signing, AgreementPrivateKey agreement,
                               DeviceCertificate certificate, Bytes signed_certificate, Bytes attributes)
    : signing_(std::move(signing)),
      agreement_(std::move(agreement)),
      certificate_(std::move(certificate)),
      signed_certificate_(std::move(signed_certificate)),
      attributes_(std::move(attributes)) {}

Result<DeviceIdentity> DeviceIdentity::make(SigningKey signing, AgreementPrivateKey agreement,
                                            Bytes signed_certificate, Bytes attributes,
                                            const VerifyKey& registrar_key) {
  TB_TRY(DeviceCertificate certificate, verify_certificate(signed_certificate, registrar_key));
  if (certificate.signing_key != signing.public_key() || certificate.agreement_key != agreement.public_key())
    return Error(Code::kBadKey, "certificate is for other keys than this device's");
  TB_CHECK(verify_attributes(attributes, certificate));
  return DeviceIdentity(std::move(signing), std::move(agreement), std::move(certificate),
                        std::move(signed_certificate), std::move(attributes));
}

}  // namespace thuisbasis
