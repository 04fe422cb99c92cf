// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/circle/epoch_key.h"
#include "core/circle/identity.h"
#include "core/verify/membership_log.h"

namespace thuisbasis {

/// What a circle is about. Sealed to its members: the relay sees a random circle id.
struct CircleMetadata {
  DossierId dossier;
  FixedBytes<struct DossierSaltTag, 16> dossier_salt;
  std::string circle_kind;  ///< kern, thuis, school, buurt, zorg, veiligheid, organisatie
  std::string name;
  std::optional<RecordId> subject;  ///< the family's record, when there is one
  friend bool operator==(const CircleMetadata&, const CircleMetadata&) = default;
};

/// A circle as one of its devices sees it: the proven log, the epoch keys it may hold, and what is sealed for
/// members. Beyond MembershipLog it opens the device's own wraps, checks every key against its commitment and
/// every wrap of that epoch, the archive's included, by making it again (CRYPTO B2, B3, B10). A failed apply
/// changes nothing. Rebuilt by reapplying the log's entries. `me` must outlive it. One thread at a time.
class MemberCircle final {
 public:
  /// `roots` as pinned at enrolment; the archive key must be there.
  MemberCircle(const DeviceIdentity& me, const TrustRoots& roots) : me_(&me), log_(roots) {}

  /// Errors of MembershipLog::apply, and: kDecryptFailed (a wrap, link or sealed part that does not open, or
  /// another key than committed to), kNotPermitted (a wrap, the archive's included, that is not what it must
  /// be; a dossier other than genesis committed to).
  Status apply(ByteView signed_entry);
  /// The same of an entry that apply() took in at this very place and that is kept since in the vault itself.
  /// Not again: signatures, and whether the wraps of others hold the key; the own wrap is opened and its key
  /// held against the commitment as ever.
  Status reapply(ByteView signed_entry);

  const MembershipLog& log() const { return log_; }
  const DeviceIdentity& me() const { return *me_; }
  bool is_member() const { return log_.member(me_->device()) != nullptr; }
  /// It was a member, and is none any more.
  bool was_removed() const { return !is_member() && log_.former_member(me_->device()) != nullptr; }

  /// Null when this device holds no key of that epoch.
  const EpochKey* key(std::uint32_t epoch) const;
  /// Keys that a bundle of that epoch may be sealed under: the log's own, and those of epochs that lost their
  /// place in the log to it.
  std::vector<const EpochKey*> keys_of(std::uint32_t epoch) const;
  /// The key of an epoch that is in the log no more: bundles were sealed under it. These devices were taken
  /// out before it began, and never get it. Kept with the vault, by the caller.
  void keep_retired(EpochKey key, std::set<DeviceId> hidden_from);
  /// Those that no epoch of the log tells the other members, and that all of these recipients may know.
  std::vector<const EpochKey*> untold_keys(const std::map<DeviceId, Member>& recipients) const;
  /// Whether there is one of that number that nobody can be told, for some member may not know it.
  bool has_hidden_key(std::uint32_t epoch) const;

  /// Those that an epoch of the log told this device, which it keeps nowhere else.
  std::vector<const EpochKey*> keys_only_told() const;

  /// The key to seal under: of the newest epoch. Null when this device is no member (any more).
  const EpochKey* newest_key() const;

  /// Absent until an epoch of this device was opened.
  const std::optional<CircleMetadata>& metadata() const { return metadata_; }
  /// Serialized CertificateAttributes of a member, proven by its certificate; null when unknown to this
  /// device.
  const Bytes* attributes_of(const DeviceId& device) const;

 private:
  friend class EpochExam;
  Status take(MembershipLog next, ByteView signed_entry, Proof proof);

  const DeviceIdentity* me_;
  MembershipLog log_;
  std::map<std::uint32_t, EpochKey> keys_;
  struct RetiredKey {
    EpochKey key;
    bool told = false;  ///< by an epoch of the log
    bool kept = false;  ///< in the vault
    std::set<DeviceId> hidden_from = {};
    bool is_hidden_from_some(const std::map<DeviceId, Member>& members) const;
  };
  void keep_retired(RetiredKey retired);
  std::vector<RetiredKey> retired_;
  /// Entries that bear on an epoch whose key this device does not hold (yet), by epoch.
  std::map<std::uint32_t, std::vector<Bytes>> unopened_;
  std::optional<CircleMetadata> metadata_;
  std::uint32_t metadata_epoch_ = 0;
  std::map<DeviceId, Bytes> attributes_;
};

}  // namespace thuisbasis
