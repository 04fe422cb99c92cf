// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <set>

#include "core/verify/membership_log.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {

/// One entry on its way into a log: the checks of PROTOCOL.md P-60 to P-69 and P-77 to P-79, in their order,
/// then the taking in. With Proof::kGivenBefore all but the signatures. Lives for one apply.
class EntryCheck final {
 public:
  EntryCheck(MembershipLog& log, const EntryPlace& place, const membership::Entry& entry,
             const membership::SignedEntry& envelope, Proof proof)
      : log_(log), place_(place), entry_(entry), envelope_(envelope), proof_(proof) {}

  Status apply();

 private:
  using Members = std::map<DeviceId, Member>;

  Status check_place() const;
  Status check_type() const;
  Status check_signed_by(const DeviceCertificate& author) const;
  Result<DeviceCertificate> check_certificate(const membership::SignedCertificate& message) const;
  Status check_serial(const DeviceCertificate& certificate) const;
  Status take_body();
  Status take_genesis();

  // The following are by a member.
  Status take_by(const Member& author);
  Status take_admit(const Member& author);
  Status check_admitted_again(const DeviceId& device) const;
  Status take_certify();

  // Epochs: epoch_check.cc.
  Status take_rotate();
  Status check_recipients(const membership::EpochRecord& body, const Members& members) const;
  Status check_epoch_step(const membership::EpochRecord& body) const;
  /// For exactly these members; nothing is taken in yet.
  Result<EpochRecord> check_epoch(const membership::EpochRecord& body, const Members& members) const;

  // Who leaves, and how far its work counts: removal_check.cc.
  Status take_remove(const Member& author);
  Status take_leave();
  /// Whose removal it is: the author's, or of the entry of another log that is given as evidence.
  struct Authority {
    DeviceId device;
    Rank rank = Rank::kMember;
    Sha256Digest removal;                       ///< hash of that other entry; zeros for the author's own
    std::optional<std::uint32_t> signed_after;  ///< the entry of this log that it follows; none of this log
    std::set<DeviceId> devices;                 ///< that it removed
  };
  Result<Authority> authority(const Member& author) const;
  Result<Authority> authority_in_evidence() const;
  Status check_may_remove(const Authority& authority, const DeviceId& device) const;
  Status check_may_limit(const Authority& authority, const FormerMember& former) const;
  Status check_limits(const DeviceId& device, const CutOffs& limited) const;
  Result<CutOffs> check_cut_offs(const membership::RemovedDevice& removed) const;
  void end_membership(const DeviceId& device, CutOffs cut_offs);
  Status take_extend(const Member& author);

  // What the lead decides: authority_check.cc.
  Status take_policy(const Member& author);
  Status take_min_suite(const Member& author);
  Status take_handover(const Member& author);

  MembershipLog& log_;
  const EntryPlace& place_;
  const membership::Entry& entry_;
  const membership::SignedEntry& envelope_;
  const Proof proof_;
};

}  // namespace thuisbasis
