// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/device_registration.h"

#include "core/base/wire_bytes.h"

namespace thuisbasis {

// message RegisterDevice { SignedCertificate certificate = 1; }, written by hand so that the registrar's
// bytes are passed on and never encoded again.
Bytes encode_device_registration(ByteView signed_certificate) {
  constexpr std::uint8_t kCertificateTag = 1 << 3 | 2;
  ByteWriter body;
  body.u8(kCertificateTag);
  body.sized(signed_certificate);
  return body.take();
}

}  // namespace thuisbasis
