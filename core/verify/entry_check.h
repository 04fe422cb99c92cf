// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/verify/membership_log.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {

/// One entry on its way into a log: the checks of PROTOCOL.md P-60 to P-68, in their order, then the taking
/// in. With Proof::kGivenBefore all but the signatures. Lives for one apply.
class EntryCheck final {
 public:
  EntryCheck(MembershipLog& log, const EntryPlace& place, const membership::Entry& entry,
             const membership::SignedEntry& envelope, Proof proof)
      : log_(log), place_(place), entry_(entry), envelope_(envelope), proof_(proof) {}

  Status apply();

 private:
  Status check_place() const;
  Status check_type() const;
  Status check_signed_by(const DeviceCertificate& author) const;
  Status take_genesis();
  Status take_admit();
  Status take_rotate();
  Status check_recipients(const membership::EpochRecord& body) const;
  Status check_epoch_step(const membership::EpochRecord& body) const;
  Result<DeviceCertificate> check_certificate(const membership::SignedCertificate& message) const;

  MembershipLog& log_;
  const EntryPlace& place_;
  const membership::Entry& entry_;
  const membership::SignedEntry& envelope_;
  const Proof proof_;
};

}  // namespace thuisbasis
