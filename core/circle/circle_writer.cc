// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/circle_writer.h"

#include <algorithm>

#include "core/circle/roster.h"
#include "core/verify/messages.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

constexpr std::uint32_t kAnyMemberAdmits = 1;

/// The time that an entry of `author` names. A certificate that is held was issued, and its holder works: a
/// clock that says otherwise is wrong, and no reason to refuse (the relay judges by its own who may come). So
/// it is brought within the author's certificate and not before that of the device which is admitted; past
/// the end of that one only when the clock was seen to be ahead.
WallMs entry_time(WallMs now, const DeviceCertificate& author, const DeviceCertificate* admitted = nullptr) {
  WallMs time = std::clamp(now, author.valid_from, author.valid_until);
  if (admitted == nullptr) return time;
  time = std::max(time, admitted->valid_from);
  return now > author.valid_until ? std::min(time, admitted->valid_until) : time;
}

/// Where the next entry of a log goes.
membership::Entry next_entry(const MembershipLog& log, const CircleId& circle, const DeviceId& author,
                             WallMs now) {
  membership::Entry entry;
  entry.set_suite(kSuite1);
  entry.set_circle(field_of(circle.view()));
  entry.set_index(log.size());
  entry.set_predecessor(field_of(log.head().view()));
  entry.set_author(field_of(author.view()));
  entry.set_time(now);
  return entry;
}

Bytes sign_entry(const membership::Entry& entry, const SigningKey& signing) {
  const Bytes bytes = encode_message(entry);
  membership::SignedEntry envelope;
  envelope.set_entry(field_of(bytes));
  envelope.set_signature(field_of(signing.sign(label::kMembership, bytes).view()));
  return encode_message(envelope);
}

void set_wrap(membership::Wrap& message, const KeyWrap& wrap) {
  message.set_recipient(field_of(wrap.recipient.view()));
  message.set_enc(field_of(wrap.enc));
  message.set_ciphertext(field_of(wrap.ciphertext));
}

Status set_certificate(membership::SignedCertificate& message, ByteView signed_certificate) {
  TB_TRY(message, parse_envelope<membership::SignedCertificate>(signed_certificate, kCertificateBytesMax,
                                                                "certificate"));
  return {};
}

/// All that a new epoch is made of.
struct EpochDraft {
  const MembershipLog& log;
  const DeviceIdentity& author;
  const Roster& roster;
  const EpochKey* former;  ///< to link to; null for none
  EpochReason reason;
};

Result<NewEntry> make_epoch(const EpochDraft& draft, WallMs now, Random& random) {
  const MembershipLog& log = draft.log;
  const EpochRecord* before = log.newest_epoch();
  const Sha256Digest before_hash = before == nullptr ? Sha256Digest{} : before->entry_hash;
  const EpochKey key = EpochKey::generate(log.circle(), before == nullptr ? 1 : before->number + 1, random);
  std::vector<DeviceId> recipients;
  for (const auto& [device, member] : log.members()) recipients.push_back(device);
  const Sha256Digest recipients_digest = recipients_hash(recipients);
  const Sha256Digest header =
      epoch_header_hash(log.circle(), key.epoch(), before_hash, recipients_digest, key.commitment());
  TB_TRY(const KeyWrap archive,
         key.wrap_for(archive_recipient(log.archive_key()), log.archive_key(), header));

  membership::Entry entry = next_entry(log, log.circle(), draft.author.device(), now);
  entry.set_type(membership::ROTATE);
  membership::EpochRecord& body = *entry.mutable_rotate();
  body.set_epoch(key.epoch());
  body.set_previous_epoch_hash(field_of(before_hash.view()));
  for (const auto& [device, member] : log.members()) {
    TB_TRY(const KeyWrap wrap, key.wrap_for(device, member.certificate.agreement_key, header));
    set_wrap(*body.add_wraps(), wrap);
  }
  body.set_recipients_hash(field_of(recipients_digest.view()));
  body.set_archive_wrap_hash(field_of(archive_wrap_hash(archive).view()));
  body.set_commitment(field_of(key.commitment().view()));
  if (draft.former != nullptr) {
    TB_TRY(const Bytes link, key.link_to(*draft.former, header, random));
    body.set_history_link(field_of(link));
  }
  TB_TRY(const Bytes sealed, seal_roster(draft.roster, key, header, random));
  body.set_sealed_metadata(field_of(sealed));
  body.set_reason(static_cast<membership::EpochReason>(draft.reason));
  return NewEntry{sign_entry(entry, draft.author.signing()), encode_wrap(archive)};
}

}  // namespace

Result<std::vector<NewEntry>> found_circle(const DeviceIdentity& founder, const TrustRoots& roots,
                                           const CircleId& circle, const CircleMetadata& metadata, WallMs now,
                                           Random& random) {
  if (!roots.archive) return Error(Code::kInvalidArgument, "a circle needs the archive key");
  MembershipLog log(roots);
  const WallMs time = entry_time(now, founder.certificate());
  membership::Entry entry = next_entry(log, circle, founder.device(), time);
  entry.set_type(membership::GENESIS);
  membership::Genesis& genesis = *entry.mutable_genesis();
  TB_CHECK(set_certificate(*genesis.mutable_founder(), founder.signed_certificate()));
  genesis.set_registrar_key(field_of(roots.registrar.view()));
  genesis.set_archive_key(field_of(roots.archive->view()));
  genesis.set_min_suite(kSuite1);
  genesis.set_dossier_commitment(
      field_of(dossier_commitment(metadata.dossier_salt.view(), metadata.dossier).view()));
  genesis.set_policy(kAnyMemberAdmits);
  std::vector<NewEntry> entries{{sign_entry(entry, founder.signing()), {}}};
  TB_CHECK(log.apply(entries.front().signed_entry));
  const Roster roster{metadata, {{founder.device(), to_bytes(founder.attributes())}}};
  TB_TRY(NewEntry first, make_epoch({log, founder, roster, nullptr, EpochReason::kFirst}, time, random));
  entries.push_back(std::move(first));
  return entries;
}

Result<NewEntry> admit_device(const MemberCircle& circle, const Admission& admission, WallMs now,
                              Random& random) {
  const MembershipLog& log = circle.log();
  const EpochKey* key = circle.newest_key();
  if (key == nullptr) return Error(Code::kNotMember, "only a member of the circle can admit a device");
  TB_TRY(const DeviceCertificate certificate,
         verify_certificate(admission.signed_certificate, log.roots().registrar));
  TB_CHECK(verify_attributes(admission.attributes, certificate));
  if (log.member(certificate.device) != nullptr)
    return Error(Code::kAlreadyExists, "device is a member already");
  const Sha256Digest& header = log.newest_epoch()->header_hash;
  TB_TRY(const KeyWrap wrap, key->wrap_for(certificate.device, certificate.agreement_key, header));
  TB_TRY(const Bytes attributes,
         seal_attributes(admission.attributes, certificate.device, *key, header, random));

  membership::Entry entry = next_entry(log, log.circle(), circle.me().device(),
                                       entry_time(now, circle.me().certificate(), &certificate));
  entry.set_type(membership::ADMIT);
  membership::Admit& body = *entry.mutable_admit();
  TB_CHECK(set_certificate(*body.mutable_certificate(), admission.signed_certificate));
  body.set_epoch(key->epoch());
  set_wrap(*body.mutable_wrap(), wrap);
  body.set_with_history(admission.with_history);
  if (admission.legal_basis) {
    body.set_legal_basis(field_of(admission.legal_basis->record.view()));
    body.set_legal_basis_hash(field_of(admission.legal_basis->row_hash.view()));
  }
  body.set_sealed_attributes(field_of(attributes));
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

Result<NewEntry> rotate_epoch(const MemberCircle& circle, const Rotation& rotation, WallMs now,
                              Random& random) {
  const EpochKey* former = circle.newest_key();
  if (former == nullptr || !circle.metadata())
    return Error(Code::kNotMember, "only a member of the circle can begin an epoch");
  if (rotation.reason == EpochReason::kFirst)
    return Error(Code::kInvalidArgument, "the first epoch stands already");
  Roster roster{*circle.metadata(), {}};
  for (const auto& [device, member] : circle.log().members()) {
    if (const Bytes* attributes = circle.attributes_of(device)) roster.attributes[device] = *attributes;
  }
  return make_epoch(
      {circle.log(), circle.me(), roster, rotation.keep_history ? former : nullptr, rotation.reason},
      entry_time(now, circle.me().certificate()), random);
}

}  // namespace thuisbasis
