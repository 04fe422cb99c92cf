// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/circle/member_circle.h"
#include "core/circle/roster.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {

/// What one new entry means for a device that holds keys: opens, checks, gathers; then commits all at once or
/// nothing. With Proof::kGivenBefore no wrap is made again. Lives for one apply.
class EpochExam final {
 public:
  /// `next` is the log with the entry in it.
  EpochExam(MemberCircle& circle, MembershipLog next, Proof proof)
      : circle_(circle), next_(std::move(next)), proof_(proof) {}

  Status take(const membership::Entry& entry, ByteView entry_bytes);
  void commit();

 private:
  const EpochKey* key(std::uint32_t epoch) const;
  Result<std::optional<EpochKey>> key_in(const membership::Entry& entry) const;
  /// With a new key: everything that was waiting for it, and the way back.
  Status open_epoch(EpochKey epoch_key);
  Status follow_history(const EpochKey& from);
  Status examine(const membership::Entry& entry, const EpochKey& epoch_key);
  Status examine_epoch(const membership::EpochRecord& body, const EpochKey& epoch_key);
  Status examine_admit(const membership::Admit& body, const EpochKey& epoch_key);
  Status check_wraps(const membership::EpochRecord& body, const EpochKey& epoch_key) const;
  Status check_wrap(const membership::Wrap& wrap, const EpochKey& epoch_key) const;
  void learn_attributes(const DeviceId& device, Bytes attributes);
  const EpochRecord& record(std::uint32_t epoch) const { return next_.epochs()[epoch - 1]; }

  MemberCircle& circle_;
  MembershipLog next_;
  const Proof proof_;
  std::map<std::uint32_t, EpochKey> keys_;
  std::map<DeviceId, Bytes> attributes_;
  std::vector<EpochKey> retired_;
  std::optional<CircleMetadata> metadata_;
  std::uint32_t metadata_epoch_ = 0;
  std::optional<std::pair<std::uint32_t, Bytes>> waiting_;  ///< the entry, when no key for it is held
};

}  // namespace thuisbasis
