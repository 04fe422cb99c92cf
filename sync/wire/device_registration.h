// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/bytes.h"

namespace thuisbasis {

/// Body of POST /v1/device: the certificate (a serialized SignedCertificate) of a device the relay does not
/// know yet.
Bytes encode_device_registration(ByteView signed_certificate);

}  // namespace thuisbasis
