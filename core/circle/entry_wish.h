// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <variant>

#include "core/circle/circle_writer.h"

namespace thuisbasis {

// What a person wished when a membership entry was written; enough to write it again on top of a longer log.

struct AdmissionWish {
  DeviceId device;
  Bytes signed_certificate;
  bool with_history = true;
  std::optional<LegalBasis> legal_basis;
  Rank rank = Rank::kMember;
  Sha256Digest after_removal = {};  ///< which it overrode
};
struct RemovalWish {
  std::vector<DeviceId> devices;
  EpochReason reason = EpochReason::kMemberRemoved;
  Bytes evidence = {};  ///< where it was carried: the removal that it carried
};
struct LeaveWish {};
struct RotationWish {
  EpochReason reason = EpochReason::kAge;
};
struct PolicyWish {
  CirclePolicy policy = CirclePolicy::kCoaches;
};
struct HandoverWish {
  DeviceId lead;
};
struct CertificateWish {
  Bytes signed_certificate;
};
using EntryWish = std::variant<AdmissionWish, RemovalWish, LeaveWish, RotationWish, PolicyWish, HandoverWish,
                               CertificateWish>;

/// The wish in a serialized SignedEntry that a log took in; nothing where there is none to repeat: a genesis
/// with its first epoch, and an extension, which is derived from the work that asks for it. kMalformed,
/// kBadKey.
Result<std::optional<EntryWish>> read_wish(ByteView signed_entry, const VerifyKey& registrar);

}  // namespace thuisbasis
