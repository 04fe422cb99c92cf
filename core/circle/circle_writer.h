// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/circle/member_circle.h"

namespace thuisbasis {

/// A membership entry ready to be pushed. The writer applies it itself first: MemberCircle::apply says
/// whether it holds.
struct NewEntry {
  Bytes signed_entry;  ///< a serialized SignedEntry
  Bytes archive_wrap;  ///< a serialized Wrap; with rotate entries only
};

/// Why an epoch begins; the numbers travel.
enum class EpochReason : std::uint8_t {
  kFirst = 1,
  kMemberRemoved = 2,
  kDeviceLost = 3,
  kAge = 4,
  kUse = 5,
  kSuspicion = 6,
};

// `now` is the wall clock, which may be years off: an entry names a time at which the author's certificate
// holds, see entry_time in the source.

/// Founds a circle: its genesis entry and its first epoch, for the founder and the archive alone.
/// `roots` must hold the archive key.
Result<std::vector<NewEntry>> found_circle(const DeviceIdentity& founder, const TrustRoots& roots,
                                           const CircleId& circle, const CircleMetadata& metadata, WallMs now,
                                           Random& random);

/// On what ground a device is admitted.
struct LegalBasis {
  RecordId record;
  Sha256Digest row_hash;  ///< of the record as it was seen
};
struct Admission {
  ByteView signed_certificate;
  ByteView attributes;  ///< serialized CertificateAttributes that belong to the certificate
  bool with_history =
      true;  ///< false needs an epoch without a way back: rotate with keep_history = false first
  std::optional<LegalBasis> legal_basis;
};
/// Admits a certified device, with the newest epoch's key for it. kNotMember without a key of ours, errors of
/// verify_certificate and verify_attributes, kAlreadyExists.
Result<NewEntry> admit_device(const MemberCircle& circle, const Admission& admission, WallMs now,
                              Random& random);

struct Rotation {
  EpochReason reason = EpochReason::kAge;
  bool keep_history = true;  ///< link the former epoch's key
};
/// Begins a new epoch for exactly the members and the archive.
Result<NewEntry> rotate_epoch(const MemberCircle& circle, const Rotation& rotation, WallMs now,
                              Random& random);

}  // namespace thuisbasis
