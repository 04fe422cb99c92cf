// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/circle/member_circle.h"

namespace thuisbasis {

/// A membership entry ready to be pushed. The writer applies it itself first: MemberCircle::apply says
/// whether it holds.
struct NewEntry {
  Bytes signed_entry;  ///< a serialized SignedEntry
  Bytes archive_wrap;  ///< a serialized Wrap; with entries that begin an epoch only
};

// `now` is the wall clock, which may be years off: an entry names a time at which the author's certificate
// holds, see entry_time in the source.

/// Founds a circle: its genesis entry and its first epoch, for the founder and the archive alone.
/// `roots` must hold the archive key.
Result<std::vector<NewEntry>> found_circle(const DeviceIdentity& founder, const TrustRoots& roots,
                                           const CircleId& circle, const CircleMetadata& metadata, WallMs now,
                                           Random& random, CirclePolicy policy = CirclePolicy::kCoaches);

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
  Rank rank = Rank::kMember;
};
/// Admits a certified device, with the newest epoch's key for it. kNotMember without a key of ours, errors of
/// verify_certificate and verify_attributes, kAlreadyExists. A device that was removed is admitted again.
Result<NewEntry> admit_device(const MemberCircle& circle, const Admission& admission, WallMs now,
                              Random& random);

struct Rotation {
  EpochReason reason = EpochReason::kAge;
  bool keep_history = true;  ///< link the former epoch's key
};
/// Begins a new epoch for exactly the members and the archive.
Result<NewEntry> rotate_epoch(const MemberCircle& circle, const Rotation& rotation, WallMs now,
                              Random& random);

/// Devices that shall read nothing more, each with how much of its work counts.
struct Removal {
  std::map<DeviceId, CutOffs> devices;
  EpochReason reason = EpochReason::kMemberRemoved;  ///< or kDeviceLost
  /// Of a removal that stood in a log which lost its place to this one: its serialized SignedEntry. It takes
  /// effect again as its author's.
  Bytes evidence = {};
};
/// Removes devices and begins an epoch for those who stay, in one entry: nothing can be sealed between.
/// kNotMember without a key of ours, kInvalidArgument for nobody, ourselves, or another reason.
Result<NewEntry> remove_devices(const MemberCircle& circle, const Removal& removal, WallMs now,
                                Random& random);
/// Removes this device itself. Those who stay begin the next epoch.
Result<NewEntry> leave_circle(const MemberCircle& circle, const CutOffs& own_work, WallMs now);
/// Lets more of a removed device's work count: what a member had built on before it learned of the removal.
Result<NewEntry> extend_cut_off(const MemberCircle& circle, const DeviceId& device, const CutOffs& cut_offs,
                                WallMs now);
/// Only the lead's entry holds (PROTOCOL.md P-77, P-79).
Result<NewEntry> set_policy(const MemberCircle& circle, CirclePolicy policy, WallMs now);
Result<NewEntry> hand_over(const MemberCircle& circle, const DeviceId& lead, WallMs now);
/// The newer certificate of a member.
Result<NewEntry> certify_again(const MemberCircle& circle, ByteView signed_certificate, WallMs now);

}  // namespace thuisbasis
