// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/entry_check.h"

#include <algorithm>

#include "core/verify/kept_certificate.h"
#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

constexpr std::uint32_t kAnyMemberAdmits = 1;
constexpr std::size_t kEncSize = 32;
constexpr std::size_t kWrappedKeySize = 32 + 16;
constexpr std::size_t kHistoryLinkSize = 24 + 32 + 16;
constexpr std::size_t kLegalBasisSize = 16;

Status check_wrap(const membership::Wrap& wrap) {
  if (wrap.recipient().size() != DeviceId::kSize || wrap.enc().size() != kEncSize ||
      wrap.ciphertext().size() != kWrappedKeySize)
    return Error(Code::kMalformed, "wrap has parts of a wrong size");
  return {};
}

/// A certificate holds from a day before its time on: clocks in the field run behind.
Status check_validity_at(const DeviceCertificate& certificate, WallMs time) {
  return check_validity(certificate,
                        std::max(time, std::min(certificate.valid_from, time + kCertificateGraceMs)));
}

}  // namespace

Status EntryCheck::apply() {
  TB_CHECK(check_place());
  TB_CHECK(check_type());
  switch (static_cast<EntryType>(place_.type)) {
    case EntryType::kGenesis:
      TB_CHECK(take_genesis());
      break;
    case EntryType::kAdmit:
      TB_CHECK(take_admit());
      break;
    case EntryType::kRotate:
      TB_CHECK(take_rotate());
      break;
  }
  log_.hashes_.push_back(place_.hash);
  return {};
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
  const auto wanted = [this] {
    switch (entry_.type()) {
      case membership::GENESIS:
        return membership::Entry::kGenesis;
      case membership::ADMIT:
        return membership::Entry::kAdmit;
      case membership::ROTATE:
        return membership::Entry::kRotate;
      default:
        return membership::Entry::BODY_NOT_SET;
    }
  }();
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
  if (body.policy() != kAnyMemberAdmits)
    return Error(Code::kSchemaTooNew, "circle's policy " + std::to_string(body.policy()));
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
  log_.members_.emplace(founder.device, Member{founder, 0, true});
  return {};
}

Status EntryCheck::take_admit() {
  const Member* author = log_.member(place_.author);
  if (author == nullptr) return Error(Code::kNotMember, "admission by a device that is no member");
  TB_CHECK(check_signed_by(author->certificate));
  const membership::Admit& body = entry_.admit();
  TB_TRY(const DeviceCertificate certificate, check_certificate(body.certificate()));
  if (log_.member(certificate.device) != nullptr)
    return Error(Code::kAlreadyExists, "device is a member already");
  if (log_.members_.size() >= kCircleMembersMax) return Error(Code::kTooLarge, "circle is full");
  for (const auto& [device, member] : log_.members_) {
    if (member.certificate.serial == certificate.serial)
      return Error(Code::kConflict, "certificate's serial belongs to another device");
  }
  const EpochRecord* epoch = log_.newest_epoch();
  if (epoch == nullptr || body.epoch() != epoch->number)
    return Error(Code::kNotPermitted, "admission to an epoch that does not stand");
  TB_CHECK(check_wrap(body.wrap()));
  if (as_bytes(body.wrap().recipient()).size() != DeviceId::kSize ||
      !std::ranges::equal(as_bytes(body.wrap().recipient()), certificate.device.view()))
    return Error(Code::kNotPermitted, "admission's wrap is for another device");
  if (!body.with_history() && !epoch->history_link.empty())
    return Error(Code::kNotPermitted, "admission without history to an epoch that links to history");
  const bool no_basis = body.legal_basis().empty() && body.legal_basis_hash().empty();
  const bool whole_basis =
      body.legal_basis().size() == kLegalBasisSize && body.legal_basis_hash().size() == Sha256Digest::kSize;
  if (!no_basis && !whole_basis) return Error(Code::kMalformed, "admission's legal basis is incomplete");
  log_.members_.emplace(certificate.device, Member{certificate, place_.index, body.with_history()});
  return {};
}

Status EntryCheck::check_recipients(const membership::EpochRecord& body) const {
  std::vector<DeviceId> members;
  for (const auto& [device, member] : log_.members_) members.push_back(device);
  const auto is_for = [](const membership::Wrap& wrap, const DeviceId& device) {
    return std::ranges::equal(as_bytes(wrap.recipient()), device.view());
  };
  if (!std::equal(body.wraps().begin(), body.wraps().end(), members.begin(), members.end(), is_for))
    return Error(Code::kNotPermitted, "epoch's recipients are not exactly the members, in order");
  for (const membership::Wrap& wrap : body.wraps()) TB_CHECK(check_wrap(wrap));
  if (!std::ranges::equal(as_bytes(body.recipients_hash()), recipients_hash(members).view()))
    return Error(Code::kNotPermitted, "epoch's recipients hash is another");
  return {};
}

Status EntryCheck::check_epoch_step(const membership::EpochRecord& body) const {
  const EpochRecord* before = log_.newest_epoch();
  if (body.epoch() != (before == nullptr ? 1 : before->number + 1) || body.epoch() == 0)
    return Error(Code::kNotPermitted,
                 "epoch " + std::to_string(body.epoch()) + " does not follow the newest");
  const Sha256Digest before_hash = before == nullptr ? Sha256Digest{} : before->entry_hash;
  if (!std::ranges::equal(as_bytes(body.previous_epoch_hash()), before_hash.view()))
    return Error(Code::kNotPermitted, "epoch names another epoch before it");
  if (!body.history_link().empty() && (before == nullptr || body.history_link().size() != kHistoryLinkSize))
    return Error(Code::kMalformed, "epoch's history link is impossible");
  if (!membership::EpochReason_IsValid(body.reason()) ||
      (body.reason() == membership::FIRST_EPOCH) != (before == nullptr))
    return Error(Code::kMalformed, "epoch's reason is impossible");
  if (body.reason() == membership::EPOCH_REASON_UNSPECIFIED)
    return Error(Code::kMalformed, "epoch without a reason");
  return {};
}

Status EntryCheck::take_rotate() {
  const Member* author = log_.member(place_.author);
  if (author == nullptr) return Error(Code::kNotMember, "epoch by a device that is no member");
  TB_CHECK(check_signed_by(author->certificate));
  const membership::EpochRecord& body = entry_.rotate();
  TB_CHECK(check_epoch_step(body));
  TB_CHECK(check_recipients(body));
  EpochRecord record;
  TB_TRY(record.commitment, fixed_field<Sha256Digest>(body.commitment(), "epoch's commitment"));
  TB_TRY(record.archive_wrap_hash,
         fixed_field<Sha256Digest>(body.archive_wrap_hash(), "epoch's archive wrap hash"));
  TB_TRY(const auto previous, fixed_field<Sha256Digest>(body.previous_epoch_hash(), "epoch before"));
  TB_TRY(const auto recipients, fixed_field<Sha256Digest>(body.recipients_hash(), "epoch's recipients"));
  if (body.sealed_metadata().empty()) return Error(Code::kMalformed, "epoch without its metadata");
  record.number = body.epoch();
  record.entry_index = place_.index;
  record.entry_hash = place_.hash;
  record.header_hash =
      epoch_header_hash(place_.circle, record.number, previous, recipients, record.commitment);
  record.history_link = to_bytes(as_bytes(body.history_link()));
  log_.epochs_.push_back(std::move(record));
  return {};
}

}  // namespace thuisbasis
