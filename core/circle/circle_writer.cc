// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/circle_writer.h"

#include <algorithm>

#include "core/circle/roster.h"
#include "core/verify/messages.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

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
  const std::map<DeviceId, Member>& recipients;
  const Roster& roster;
  const EpochKey* former;                ///< to link to; null for none
  std::vector<const EpochKey*> retired;  ///< to be told, with the link
  EpochReason reason;
};

/// Fills in the record, and gives the archive's wrap, serialized.
Result<Bytes> make_epoch(const EpochDraft& draft, membership::EpochRecord& body, Random& random) {
  const MembershipLog& log = draft.log;
  const EpochRecord* before = log.newest_epoch();
  const Sha256Digest before_hash = before == nullptr ? Sha256Digest{} : before->entry_hash;
  const EpochKey key = EpochKey::generate(log.circle(), before == nullptr ? 1 : before->number + 1, random);
  std::vector<DeviceId> recipients;
  for (const auto& [device, member] : draft.recipients) recipients.push_back(device);
  const Sha256Digest recipients_digest = recipients_hash(recipients);
  const Sha256Digest header =
      epoch_header_hash(log.circle(), key.epoch(), before_hash, recipients_digest, key.commitment());
  TB_TRY(const KeyWrap archive,
         key.wrap_for(archive_recipient(log.archive_key()), log.archive_key(), header));
  body.set_epoch(key.epoch());
  body.set_previous_epoch_hash(field_of(before_hash.view()));
  for (const auto& [device, member] : draft.recipients) {
    TB_TRY(const KeyWrap wrap, key.wrap_for(device, member.certificate.agreement_key, header));
    set_wrap(*body.add_wraps(), wrap);
  }
  body.set_recipients_hash(field_of(recipients_digest.view()));
  body.set_archive_wrap_hash(field_of(archive_wrap_hash(archive).view()));
  body.set_commitment(field_of(key.commitment().view()));
  if (draft.former != nullptr) {
    TB_TRY(const Bytes link, key.link_to(*draft.former, header, random));
    body.set_history_link(field_of(link));
    for (const EpochKey* retired : draft.retired) {
      if (body.retired_size() == static_cast<int>(kRetiredKeysMax)) break;
      if (retired->epoch() >= key.epoch()) continue;  // no bundle of that epoch belongs yet
      TB_TRY(const Bytes told, key.seal_retired(*retired, header, random));
      membership::RetiredKey& one = *body.add_retired();
      one.set_epoch(retired->epoch());
      one.set_sealed(field_of(told));
    }
  }
  TB_TRY(const Bytes sealed, seal_roster(draft.roster, key, header, random));
  body.set_sealed_metadata(field_of(sealed));
  body.set_reason(static_cast<membership::EpochReason>(draft.reason));
  return encode_wrap(archive);
}

/// What the next epoch tells those who stay about each other. kNotMember.
Result<Roster> roster_for(const MemberCircle& circle, const std::map<DeviceId, Member>& recipients) {
  if (circle.newest_key() == nullptr || !circle.metadata())
    return Error(Code::kNotMember, "only a member of the circle can begin an epoch");
  Roster roster{*circle.metadata(), {}};
  for (const auto& [device, member] : recipients) {
    if (const Bytes* attributes = circle.attributes_of(device)) roster.attributes[device] = *attributes;
  }
  return roster;
}

membership::Entry own_entry(const MemberCircle& circle, membership::EntryType type, WallMs now,
                            const DeviceCertificate* admitted = nullptr) {
  membership::Entry entry = next_entry(circle.log(), circle.log().circle(), circle.me().device(),
                                       entry_time(now, circle.me().certificate(), admitted));
  entry.set_type(type);
  return entry;
}

void set_cut_offs(membership::RemovedDevice& message, const DeviceId& device, const CutOffs& cut_offs) {
  message.set_device(field_of(device.view()));
  for (const auto& [instance, point] : cut_offs) {
    membership::CutOff& one = *message.add_cut_offs();
    one.set_instance(field_of(instance.view()));
    one.set_number(point.number);
    one.set_chain(field_of(point.chain.view()));
  }
}

}  // namespace

Result<std::vector<NewEntry>> found_circle(const DeviceIdentity& founder, const TrustRoots& roots,
                                           const CircleId& circle, const CircleMetadata& metadata, WallMs now,
                                           Random& random, CirclePolicy policy) {
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
  genesis.set_policy(static_cast<std::uint32_t>(policy));
  std::vector<NewEntry> entries{{sign_entry(entry, founder.signing()), {}}};
  TB_CHECK(log.apply(entries.front().signed_entry));
  const Roster roster{metadata, {{founder.device(), to_bytes(founder.attributes())}}};
  membership::Entry first = next_entry(log, circle, founder.device(), time);
  first.set_type(membership::ROTATE);
  TB_TRY(Bytes archive_wrap, make_epoch({log, log.members(), roster, nullptr, {}, EpochReason::kFirst},
                                        *first.mutable_rotate(), random));
  entries.push_back({sign_entry(first, founder.signing()), std::move(archive_wrap)});
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

  membership::Entry entry = own_entry(circle, membership::ADMIT, now, &certificate);
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
  body.set_rank(static_cast<membership::Rank>(admission.rank));
  if (const FormerMember* former = log.former_member(certificate.device))
    body.set_after_removal(field_of(former->removal.view()));
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

Result<NewEntry> rotate_epoch(const MemberCircle& circle, const Rotation& rotation, WallMs now,
                              Random& random) {
  TB_TRY(const Roster roster, roster_for(circle, circle.log().members()));
  if (rotation.reason == EpochReason::kFirst)
    return Error(Code::kInvalidArgument, "the first epoch stands already");
  membership::Entry entry = own_entry(circle, membership::ROTATE, now);
  const EpochKey* former = rotation.keep_history ? circle.newest_key() : nullptr;
  TB_TRY(Bytes archive_wrap, make_epoch({circle.log(), circle.log().members(), roster, former,
                                         circle.untold_keys(circle.log().members()), rotation.reason},
                                        *entry.mutable_rotate(), random));
  return NewEntry{sign_entry(entry, circle.me().signing()), std::move(archive_wrap)};
}

Result<NewEntry> remove_devices(const MemberCircle& circle, const Removal& removal, WallMs now,
                                Random& random) {
  if (removal.devices.empty()) return Error(Code::kInvalidArgument, "nobody to remove");
  if (removal.devices.contains(circle.me().device()))
    return Error(Code::kInvalidArgument,
                 "a device leaves a circle; it cannot remove itself and make the next key");
  if (removal.reason != EpochReason::kMemberRemoved && removal.reason != EpochReason::kDeviceLost)
    return Error(Code::kInvalidArgument, "this is no reason to remove a device");
  std::map<DeviceId, Member> remaining = circle.log().members();
  membership::Entry entry = own_entry(circle, membership::REMOVE, now);
  for (const auto& [device, cut_offs] : removal.devices) {
    remaining.erase(device);
    set_cut_offs(*entry.mutable_remove()->add_devices(), device, cut_offs);
  }
  entry.mutable_remove()->set_evidence(field_of(removal.evidence));
  TB_TRY(const Roster roster, roster_for(circle, remaining));
  TB_TRY(Bytes archive_wrap, make_epoch({circle.log(), remaining, roster, circle.newest_key(),
                                         circle.untold_keys(remaining), removal.reason},
                                        *entry.mutable_remove()->mutable_epoch(), random));
  return NewEntry{sign_entry(entry, circle.me().signing()), std::move(archive_wrap)};
}

Result<NewEntry> leave_circle(const MemberCircle& circle, const CutOffs& own_work, WallMs now) {
  membership::Entry entry = own_entry(circle, membership::REMOVE, now);
  set_cut_offs(*entry.mutable_remove()->add_devices(), circle.me().device(), own_work);
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

Result<NewEntry> extend_cut_off(const MemberCircle& circle, const DeviceId& device, const CutOffs& cut_offs,
                                WallMs now) {
  membership::Entry entry = own_entry(circle, membership::EXTEND, now);
  set_cut_offs(*entry.mutable_extend()->mutable_device(), device, cut_offs);
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

Result<NewEntry> set_policy(const MemberCircle& circle, CirclePolicy policy, WallMs now) {
  membership::Entry entry = own_entry(circle, membership::POLICY, now);
  entry.mutable_policy()->set_policy(static_cast<std::uint32_t>(policy));
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

Result<NewEntry> hand_over(const MemberCircle& circle, const DeviceId& lead, WallMs now) {
  membership::Entry entry = own_entry(circle, membership::HANDOVER, now);
  entry.mutable_handover()->set_lead(field_of(lead.view()));
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

Result<NewEntry> certify_again(const MemberCircle& circle, ByteView signed_certificate, WallMs now) {
  TB_TRY(const DeviceCertificate certificate,
         verify_certificate(signed_certificate, circle.log().roots().registrar));
  membership::Entry entry = own_entry(circle, membership::CERTIFY, now, &certificate);
  TB_CHECK(set_certificate(*entry.mutable_certify()->mutable_certificate(), signed_certificate));
  return NewEntry{sign_entry(entry, circle.me().signing()), {}};
}

}  // namespace thuisbasis
