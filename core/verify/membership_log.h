// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/verify/bundle_header.h"
#include "core/verify/key_wrap.h"
#include "core/verify/proof.h"
#include "core/verify/tenure.h"

namespace thuisbasis {

/// The types of membership entries that this version applies; the numbers travel.
enum class EntryType : std::uint8_t {
  kGenesis = 1,
  kAdmit = 2,
  kRotate = 3,
  kRemove = 4,
  kPolicy = 5,
  kMinSuite = 6,
  kHandover = 7,
  kExtend = 9,
  kCertify = 10,
};

/// A certificate is taken for valid this long before its time: clocks in the field run behind.
inline constexpr WallMs kCertificateGraceMs = 24LL * 60 * 60 * 1000;

/// What can be told about an entry before any check of who made it: enough to find its circle and place.
struct EntryPlace {
  CircleId circle;
  std::uint32_t index = 0;
  Sha256Digest predecessor;
  DeviceId author;
  std::uint32_t type = 0;  ///< an EntryType, or a number this version does not apply
  WallMs time = 0;
  Sha256Digest hash;  ///< of the entry; never covers the signature
};
/// Parses a serialized SignedEntry. kTooLarge beyond kEntryBytesMax, kMalformed, kUnknownSuite.
Result<EntryPlace> parse_entry_place(ByteView signed_entry);

/// One epoch of a circle, as its record tells it (PROTOCOL.md P-70). No secrets.
struct EpochRecord {
  std::uint32_t number = 0;       ///< from 1
  std::uint32_t entry_index = 0;  ///< of the rotate or remove entry
  Sha256Digest entry_hash;
  Sha256Digest header_hash;  ///< epoch_header_hash()
  Sha256Digest commitment;
  Sha256Digest archive_wrap_hash;
  Bytes history_link;  ///< empty: no way back to the epoch before
  WallMs time = 0;     ///< of the entry: its author's clock, a hint
  /// Index of the entry by which one of its recipients left: nothing is sealed under it from there on.
  std::optional<std::uint32_t> left_at;
};

/// Keys known before any log is read, by configuration or by an invitation that went from hand to hand.
struct TrustRoots {
  VerifyKey registrar;
  /// The relay need not know it; a member always does.
  std::optional<AgreementKey> archive;
};

/// The membership log of one circle: who its members are and which key epoch stands, proven entry by entry
/// (PROTOCOL.md P-60). A plain value without secrets; rebuilt by applying its entries again. A failed apply
/// changes nothing. One thread at a time.
class MembershipLog final {
 public:
  explicit MembershipLog(const TrustRoots& roots) : roots_(roots) {}

  /// Checks a serialized SignedEntry against all that came before, and takes it in. Errors:
  /// kTooLarge, kMalformed, kUnknownSuite (also a suite below the circle's minimum), kSchemaTooNew (an entry
  /// type of a later version), kStaleLog (not the next index or not on top of the newest entry),
  /// kMissingDependency (an index beyond the next), kNotMember (author), kBadSignature, kExpired (certificate
  /// at the entry's own time), kNotPermitted (another registrar or archive, recipients that are not exactly
  /// the members, a skipped or repeated epoch, a rank too low, a removed device admitted without a word of
  /// its removal), kAlreadyExists (admitted already), kConflict (a serial used by another device; a cut-off
  /// that is not beyond the one that stands), kBadKey.
  Status apply(ByteView signed_entry);
  /// The same of an entry that apply() took in at this very place and that is kept since in the vault itself:
  /// all but its signatures, so never kBadSignature.
  Status reapply(ByteView signed_entry);

  bool empty() const { return hashes_.empty(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(hashes_.size()); }
  const CircleId& circle() const { return circle_; }
  /// The hash of the newest entry; zeros for an empty log.
  Sha256Digest head() const { return empty() ? Sha256Digest{} : hashes_.back(); }
  /// Null beyond the end.
  const Sha256Digest* hash_at(std::uint32_t index) const;
  /// Whether a removal of another log took effect here for this device, carried over by a REMOVE of this one.
  bool has_carried(const Sha256Digest& removal, const DeviceId& device) const {
    return evidence_.contains({removal, device});
  }
  bool has_entry(const Sha256Digest& hash) const { return index_of(hash).has_value(); }
  std::optional<std::uint32_t> index_of(const Sha256Digest& hash) const;

  /// Whether a removal that was signed in another log has no more to say of this member: who let it in again
  /// knew of it, or did so after what it was signed on, or after a later removal of this log.
  bool is_overridden(const Sha256Digest& removal, std::optional<std::uint32_t> signed_after,
                     const Member& member) const;

  const std::map<DeviceId, Member>& members() const { return members_; }
  /// Null for a device that is none, or is one no more.
  const Member* member(const DeviceId& device) const;
  /// The memberships that ended, by device, the latest of each last.
  const std::map<DeviceId, std::vector<FormerMember>>& former_members() const { return former_; }
  /// The latest membership of the device that ended; null when none did.
  const FormerMember* former_member(const DeviceId& device) const;
  /// Of a member or a former member; null for a device that never was one.
  const DeviceCertificate* certificate_of(const DeviceId& device) const;
  const VerifyKey* key_of(const DeviceId& device) const;
  const DeviceId& founder() const { return founder_; }
  CirclePolicy policy() const { return policy_; }

  const TrustRoots& roots() const { return roots_; }
  /// The archive key of genesis. Only of a log that is not empty.
  const AgreementKey& archive_key() const { return archive_key_; }
  const Sha256Digest& dossier_commitment() const { return dossier_commitment_; }

  /// All epochs, the first at 0.
  const std::vector<EpochRecord>& epochs() const { return epochs_; }
  /// Null before the first rotate entry.
  const EpochRecord* newest_epoch() const { return epochs_.empty() ? nullptr : &epochs_.back(); }
  /// The epoch that stood once the entry with this index was applied; 0 for none, or beyond the end.
  std::uint32_t epoch_at(std::uint32_t index) const;
  /// Whether everyone who holds the newest epoch's key is a member: false once somebody left, until the next
  /// epoch. Nothing may be sealed while it is false.
  bool epoch_is_open() const;

  /// Whether a bundle belongs here: this circle, an index we have (else kMissingDependency), an author who is
  /// admitted, there or later (kNotMember), and the epoch that stood at it (kStaleEpoch). Later, for a relay
  /// that was put back may have the admission at another index than the author knew. Where the entry that the
  /// author knew is another than ours, for the same reason, any epoch that has been; one that has yet to come
  /// waits (kMissingDependency). Of an author who was
  /// removed since, nothing beyond its cut-off (kNotMember), whatever the bundle claims to have known. Not
  /// the signature: verify_bundle does.
  Status check_place(const BundleHeader& header) const;

  /// The part of check_place() that may change with later entries: whether work of this author, at this
  /// number, counts. kNotMember.
  Status check_author(const BundleHeader& header) const;

  /// Whether one of this log's members signed the entry; whether it belongs here is apply()'s to say.
  /// kNotMember when the author is not known, kBadSignature, and parse_entry_place()'s errors.
  Status check_signer(ByteView signed_entry) const;

 private:
  friend class EntryCheck;
  Status take(ByteView signed_entry, Proof proof);
  /// Of a former member what counts counts by number, whatever it claims to have known; of whoever knew
  /// another log, as a relay that was put back may have had, the index tells nothing of the epoch.
  Status check_apart_from_index(const BundleHeader& header) const;
  /// Whether a bundle of a member who was out before was sealed since it is back.
  bool is_since(const Member& member, const BundleHeader& header) const;

  TrustRoots roots_;
  CircleId circle_;
  std::vector<Sha256Digest> hashes_;
  std::map<DeviceId, Member> members_;
  std::map<DeviceId, std::vector<FormerMember>> former_;
  std::vector<EpochRecord> epochs_;
  /// Removals of other logs that took effect here, and for whom.
  std::set<std::pair<Sha256Digest, DeviceId>> evidence_;
  DeviceId founder_;
  AgreementKey archive_key_;
  Sha256Digest dossier_commitment_;
  std::uint16_t min_suite_ = kSuite1;
  CirclePolicy policy_ = CirclePolicy::kAnyMember;
};

/// check_place and verify_bundle in one: what the relay asks of every bundle.
Status check_bundle(const MembershipLog& log, const SealedBundle& bundle);

}  // namespace thuisbasis
