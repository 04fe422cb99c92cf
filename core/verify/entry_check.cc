// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/entry_check.h"

#include <algorithm>

#include "core/verify/entry_parts.h"
#include "core/verify/kept_certificate.h"
#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kLegalBasisSize = 16;

/// A certificate holds from a day before its time on: clocks in the field run behind.
Status check_validity_at(const DeviceCertificate& certificate, WallMs time) {
  return check_validity(certificate,
                        std::max(time, std::min(certificate.valid_from, time + kCertificateGraceMs)));
}

/// What an entry of this type holds; BODY_NOT_SET for types of later versions.
membership::Entry::BodyCase body_of(membership::EntryType type) {
  switch (type) {
    case membership::GENESIS:
      return membership::Entry::kGenesis;
    case membership::ADMIT:
      return membership::Entry::kAdmit;
    case membership::ROTATE:
      return membership::Entry::kRotate;
    case membership::REMOVE:
      return membership::Entry::kRemove;
    case membership::POLICY:
      return membership::Entry::kPolicy;
    case membership::MIN_SUITE:
      return membership::Entry::kMinSuite;
    case membership::HANDOVER:
      return membership::Entry::kHandover;
    case membership::EXTEND:
      return membership::Entry::kExtend;
    case membership::CERTIFY:
      return membership::Entry::kCertify;
    default:
      return membership::Entry::BODY_NOT_SET;
  }
}

}  // namespace

Status EntryCheck::apply() {
  TB_CHECK(check_place());
  TB_CHECK(check_type());
  TB_CHECK(take_body());
  log_.hashes_.push_back(place_.hash);
  return {};
}

Status EntryCheck::take_body() {
  if (static_cast<EntryType>(place_.type) == EntryType::kGenesis) return take_genesis();
  const Member* author = log_.member(place_.author);
  if (author == nullptr) return Error(Code::kNotMember, "entry by a device that is no member");
  TB_CHECK(check_signed_by(author->certificate));
  return take_by(*author);
}

Status EntryCheck::take_by(const Member& author) {
  switch (static_cast<EntryType>(place_.type)) {
    case EntryType::kGenesis:
      break;
    case EntryType::kAdmit:
      return take_admit(author);
    case EntryType::kRotate:
      return take_rotate();
    case EntryType::kRemove:
      return take_remove(author);
    case EntryType::kPolicy:
      return take_policy(author);
    case EntryType::kMinSuite:
      return take_min_suite(author);
    case EntryType::kHandover:
      return take_handover(author);
    case EntryType::kExtend:
      return take_extend(author);
    case EntryType::kCertify:
      return take_certify();
  }
  return Error(Code::kSchemaTooNew, "membership entry of type " + std::to_string(place_.type));
}

Status EntryCheck::check_place() const {
  if (entry_.suite() < log_.min_suite_)
    return Error(Code::kUnknownSuite, "entry's suite is below the circle's minimum");
  if (!log_.empty() && place_.circle != log_.circle_)
    return Error(Code::kNotPermitted, "entry of another circle");
  if (place_.index > log_.size())
    return Error(Code::kMissingDependency, "entry " + std::to_string(place_.index) + " while the next is " +
                                               std::to_string(log_.size()));
  if (place_.index < log_.size() || place_.predecessor != log_.head())
    return Error(Code::kStaleLog, "entry " + std::to_string(place_.index) + " does not follow the newest");
  return {};
}

Status EntryCheck::check_type() const {
  const auto wanted = body_of(entry_.type());
  if (place_.type == 0) return Error(Code::kMalformed, "entry without a type");
  if (wanted == membership::Entry::BODY_NOT_SET)
    return Error(Code::kSchemaTooNew, "membership entry of type " + std::to_string(place_.type));
  if (entry_.body_case() != wanted) return Error(Code::kMalformed, "entry's body is not of its type");
  if ((place_.index == 0) != (wanted == membership::Entry::kGenesis))
    return Error(Code::kMalformed, "a log begins with its one genesis");
  return {};
}

Status EntryCheck::check_signed_by(const DeviceCertificate& author) const {
  TB_CHECK(check_validity_at(author, place_.time));
  if (proof_ == Proof::kGivenBefore) return {};
  auto verified = verify_signature(author.signing_key, label::kMembership, as_bytes(envelope_.entry()),
                                   as_bytes(envelope_.signature()));
  if (!verified) return std::move(verified.error()).within("membership entry");
  return {};
}

Result<DeviceCertificate> EntryCheck::check_certificate(const membership::SignedCertificate& message) const {
  const auto read = proof_ == Proof::kNow ? verify_certificate : reread_certificate;
  TB_TRY(const DeviceCertificate certificate, read(encode_message(message), log_.roots_.registrar));
  TB_CHECK(check_validity_at(certificate, place_.time));
  return certificate;
}

Status EntryCheck::take_genesis() {
  const membership::Genesis& body = entry_.genesis();
  if (place_.circle.is_zero()) return Error(Code::kMalformed, "circle without an id");
  if (body.min_suite() != kSuite1)
    return Error(Code::kUnknownSuite, "circle asks for suite " + std::to_string(body.min_suite()));
  TB_TRY(const CirclePolicy policy, policy_of(body.policy()));
  TB_TRY(const VerifyKey registrar, VerifyKey::parse(as_bytes(body.registrar_key())));
  if (registrar != log_.roots_.registrar) return Error(Code::kNotPermitted, "circle of another registrar");
  TB_TRY(const AgreementKey archive, AgreementKey::parse(as_bytes(body.archive_key())));
  if (log_.roots_.archive && archive != *log_.roots_.archive)
    return Error(Code::kNotPermitted, "circle names another archive key");
  TB_TRY(const auto dossier, fixed_field<Sha256Digest>(body.dossier_commitment(), "dossier commitment"));
  TB_TRY(const DeviceCertificate founder, check_certificate(body.founder()));
  if (founder.device != place_.author) return Error(Code::kNotMember, "genesis is not by its founder");
  TB_CHECK(check_signed_by(founder));
  log_.circle_ = place_.circle;
  log_.archive_key_ = archive;
  log_.dossier_commitment_ = dossier;
  log_.founder_ = founder.device;
  log_.min_suite_ = kSuite1;
  log_.policy_ = policy;
  log_.members_.emplace(founder.device, Member{founder, 0, true, Rank::kLead, {}});
  return {};
}

/// No two devices ever have the same: it tells the newer of two certificates.
Status EntryCheck::check_serial(const DeviceCertificate& certificate) const {
  const auto is_taken = [&certificate](const DeviceCertificate& other) {
    return other.device != certificate.device && other.serial == certificate.serial;
  };
  bool taken = false;
  for (const auto& [device, member] : log_.members_) taken = taken || is_taken(member.certificate);
  for (const auto& [device, former] : log_.former_)
    taken = taken || is_taken(former.back().member.certificate);
  if (taken) return Error(Code::kConflict, "certificate's serial belongs to another device");
  return {};
}

/// A removal stands until somebody who knows of it admits the device again (CRYPTO E3).
Status EntryCheck::check_admitted_again(const DeviceId& device) const {
  const std::string& named = entry_.admit().after_removal();
  const FormerMember* former = log_.former_member(device);
  if (former == nullptr)
    return named.empty() ? Status() : Error(Code::kNotPermitted, "admission names a removal that never was");
  if (!std::ranges::equal(as_bytes(named), former->removal.view()))
    return Error(Code::kNotPermitted, "device was removed, and its admission does not name that removal");
  return {};
}

Status EntryCheck::take_admit(const Member& author) {
  const membership::Admit& body = entry_.admit();
  if (log_.policy_ == CirclePolicy::kCoaches && author.rank < Rank::kCoach)
    return Error(Code::kNotPermitted, "only a coach of this circle admits devices");
  if (!membership::Rank_IsValid(body.rank()))
    return Error(Code::kSchemaTooNew, "admission with rank " + std::to_string(body.rank()));
  const Rank rank = static_cast<Rank>(body.rank());
  if (rank > author.rank || rank == Rank::kLead)
    return Error(Code::kNotPermitted, "admission with a rank that its author cannot give");
  TB_TRY(const DeviceCertificate certificate, check_certificate(body.certificate()));
  if (log_.member(certificate.device) != nullptr)
    return Error(Code::kAlreadyExists, "device is a member already");
  if (log_.members_.size() >= kCircleMembersMax) return Error(Code::kTooLarge, "circle is full");
  TB_CHECK(check_serial(certificate));
  const FormerMember* before = log_.former_member(certificate.device);
  if (before != nullptr && certificate.serial < before->member.certificate.serial)
    return Error(Code::kConflict, "certificate is older than the one that the circle had");
  TB_CHECK(check_admitted_again(certificate.device));
  const EpochRecord* epoch = log_.newest_epoch();
  if (!log_.epoch_is_open() || body.epoch() != epoch->number)
    return Error(Code::kNotPermitted, "admission to an epoch that does not stand");
  TB_CHECK(check_wrap_form(body.wrap()));
  if (!std::ranges::equal(as_bytes(body.wrap().recipient()), certificate.device.view()))
    return Error(Code::kNotPermitted, "admission's wrap is for another device");
  if (!body.with_history() && !epoch->history_link.empty())
    return Error(Code::kNotPermitted, "admission without history to an epoch that links to history");
  const bool no_basis = body.legal_basis().empty() && body.legal_basis_hash().empty();
  const bool whole_basis =
      body.legal_basis().size() == kLegalBasisSize && body.legal_basis_hash().size() == Sha256Digest::kSize;
  if (!no_basis && !whole_basis) return Error(Code::kMalformed, "admission's legal basis is incomplete");
  const FormerMember* former = log_.former_member(certificate.device);
  log_.members_.emplace(certificate.device, Member{certificate, place_.index, body.with_history(), rank,
                                                   former == nullptr ? Sha256Digest() : former->removal});
  return {};
}

Status EntryCheck::take_certify() {
  TB_TRY(const DeviceCertificate certificate, check_certificate(entry_.certify().certificate()));
  const auto member = log_.members_.find(certificate.device);
  if (member == log_.members_.end())
    return Error(Code::kNotPermitted, "certificate of a device that is no member");
  const DeviceCertificate& known = member->second.certificate;
  if (certificate.serial <= known.serial || certificate.valid_until <= known.valid_until)
    return Error(Code::kConflict, "certificate is not newer than the one that the circle has");
  // Who stands behind the device travels with admissions only.
  if (certificate.attributes_hash != known.attributes_hash)
    return Error(Code::kNotPermitted,
                 "certificate tells something else of its holder: admit the device again");
  TB_CHECK(check_serial(certificate));
  member->second.certificate = certificate;
  return {};
}

}  // namespace thuisbasis
