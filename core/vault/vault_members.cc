// SPDX-License-Identifier: EUPL-1.2
// Who is in a circle: letting devices in, and taking them out.
#include "core/circle/circle_writer.h"
#include "core/circle/enrolment.h"
#include "core/vault/cut_offs.h"
#include "core/vault/due_epoch.h"
#include "core/vault/open_removals.h"
#include "core/vault/vault_state.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

Result<IssuedCertificate> decode_enrolment_answer(ByteView bytes) {
  membership::EnrolmentAnswer answer;
  if (bytes.size() > kCertificateBytesMax + kAttributesBytesMax ||
      !answer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Error(Code::kMalformed, "this is no answer of a registrar");
  const std::string certificate = answer.certificate().SerializeAsString();
  return IssuedCertificate{to_bytes(as_bytes(certificate)), to_bytes(as_bytes(answer.attributes()))};
}

/// A circle that is about to get an entry of ours.
struct OwnCircle {
  StoredCircle stored;
  MemberCircle* members;
};

Result<OwnCircle> own_circle(VaultState& state, const CircleId& circle) {
  TB_CHECK(state.require_identity());
  TB_TRY(StoredCircle stored, state.circle(circle));
  TB_TRY(MemberCircle * members, state.member_circle(stored));
  if (!members->is_member())
    return Error(Code::kNotMember, "this device is no member of the circle, so it decides nothing about it");
  return OwnCircle{std::move(stored), members};
}

CircleMember describe_member(const MemberCircle& circle, const Member& member) {
  CircleMember one;
  one.device = member.certificate.device;
  one.since_index = member.admitted_at;
  one.rank = member.rank;
  one.self = one.device == circle.me().device();
  const Bytes* bytes = circle.attributes_of(one.device);
  if (bytes == nullptr) return one;
  // A name that belongs to another certificate of the device is none; the device can be taken out all the
  // same.
  if (const auto attributes = verify_attributes(*bytes, member.certificate)) {
    one.display_name = attributes->display_name;
    one.organisation = attributes->organisation;
    one.role = attributes->role;
  }
  return one;
}

/// Ready entries hold by themselves or change nothing: append_entry applies them first.
Status append(VaultState& state, const OwnCircle& circle, NewEntry entry) {
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_CHECK(state.append_entry(circle.stored.row, *circle.members, std::move(entry.signed_entry),
                              std::move(entry.archive_wrap)));
  TB_CHECK(state.describe(circle.stored.row, *circle.members));
  TB_CHECK(follow_cut_offs(state, circle.stored));
  return unit.commit();
}

}  // namespace

Status Vault::admit(const CircleId& circle, ByteView answer_of_registrar, const RecordId& basis, Rank rank) {
  VaultState& state = *state_;
  TB_TRY(const OwnCircle own, own_circle(state, circle));
  TB_TRY(const IssuedCertificate issued, decode_enrolment_answer(answer_of_registrar));
  Admission admission{issued.signed_certificate, issued.attributes, true, std::nullopt, rank};
  if (!basis.is_zero()) {
    TB_TRY(const auto record, state.store.records.find(basis));
    if (!record) return Error(Code::kNotFound, "no record " + basis.text() + " to serve as a legal basis");
    admission.legal_basis = LegalBasis{basis, row_hash(record->state)};
  }
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  // Somebody left: who comes gets the key of those who stay.
  if (!own.members->log().epoch_is_open())
    TB_CHECK(begin_due_epoch(state, own.stored, state.world.clock.wall_ms()));
  TB_TRY(NewEntry entry,
         admit_device(*own.members, admission, state.world.clock.wall_ms(), state.world.random));
  TB_CHECK(state.append_entry(own.stored.row, *own.members, std::move(entry.signed_entry),
                              std::move(entry.archive_wrap)));
  const MembershipLog& log = own.members->log();
  for (const auto& [device, member] : log.members())
    if (member.admitted_at + 1 == log.size()) TB_CHECK(forget_removals_of(state, own.stored, device));
  return unit.commit();
}

Status Vault::remove(const CircleId& circle, const std::vector<DeviceId>& devices, EpochReason reason) {
  VaultState& state = *state_;
  TB_TRY(const OwnCircle own, own_circle(state, circle));
  Removal removal{{}, reason};
  for (const DeviceId& device : devices) {
    const MembershipLog& log = own.members->log();
    if (log.member(device) == nullptr && log.former_member(device) == nullptr)
      return Error(Code::kNotFound, "device " + device.text() + " never was a member of the circle");
    TB_TRY(removal.devices[device], known_work(state, own.stored, device));
  }
  TB_TRY(NewEntry entry,
         remove_devices(*own.members, removal, state.world.clock.wall_ms(), state.world.random));
  return append(state, own, std::move(entry));
}

Status Vault::leave(const CircleId& circle) {
  VaultState& state = *state_;
  TB_TRY(const OwnCircle own, own_circle(state, circle));
  TB_TRY(const CutOffs work, known_work(state, own.stored, state.self.device));
  TB_TRY(NewEntry entry, leave_circle(*own.members, work, state.world.clock.wall_ms()));
  return append(state, own, std::move(entry));
}

Status Vault::rotate(const CircleId& circle, EpochReason reason) {
  VaultState& state = *state_;
  TB_TRY(const OwnCircle own, own_circle(state, circle));
  TB_TRY(NewEntry entry,
         rotate_epoch(*own.members, {reason, true}, state.world.clock.wall_ms(), state.world.random));
  return append(state, own, std::move(entry));
}

Status Vault::set_policy(const CircleId& circle, CirclePolicy policy) {
  VaultState& state = *state_;
  TB_TRY(const OwnCircle own, own_circle(state, circle));
  TB_TRY(NewEntry entry, thuisbasis::set_policy(*own.members, policy, state.world.clock.wall_ms()));
  return append(state, own, std::move(entry));
}

Status Vault::hand_over(const CircleId& circle, const DeviceId& lead) {
  VaultState& state = *state_;
  TB_TRY(const OwnCircle own, own_circle(state, circle));
  TB_TRY(NewEntry entry, thuisbasis::hand_over(*own.members, lead, state.world.clock.wall_ms()));
  return append(state, own, std::move(entry));
}

Result<std::vector<CircleMember>> Vault::members(const CircleId& circle) const {
  VaultState& state = *state_;
  TB_TRY(const StoredCircle stored, state.circle(circle));
  TB_TRY(const MemberCircle* opened, state.member_circle(stored));
  std::vector<CircleMember> members;
  for (const auto& [device, member] : opened->log().members()) {
    members.push_back(describe_member(*opened, member));
  }
  return members;
}

Result<std::vector<CircleMember>> Vault::former_members(const CircleId& circle) const {
  VaultState& state = *state_;
  TB_TRY(const StoredCircle stored, state.circle(circle));
  TB_TRY(const MemberCircle* opened, state.member_circle(stored));
  std::vector<CircleMember> members;
  for (const auto& [device, former] : opened->log().former_members()) {
    if (opened->log().member(device) != nullptr) continue;
    CircleMember one = describe_member(*opened, former.back().member);
    one.until_index = former.back().removed_at;
    members.push_back(std::move(one));
  }
  return members;
}

}  // namespace thuisbasis
