// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "core/circle/circle_writer.h"

namespace thuisbasis {

/// What a person wished when an admit entry was written; enough to write it again on top of a longer log.
struct AdmissionWish {
  DeviceId device;
  Bytes signed_certificate;
  std::optional<LegalBasis> legal_basis;
};

/// The wish in a serialized SignedEntry of our own; nothing in it for entries of another type. kMalformed,
/// kBadKey.
Result<std::optional<AdmissionWish>> read_admission(ByteView signed_entry, const VerifyKey& registrar);

}  // namespace thuisbasis
