// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/verify/certificate.h"

namespace thuisbasis {

/// verify_certificate of one that it took before and that is kept since in the vault itself: all but the
/// signature, so never kBadSignature. For membership entries that are read again.
Result<DeviceCertificate> reread_certificate(ByteView signed_certificate, const VerifyKey& registrar_key);

}  // namespace thuisbasis
