// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/rebase.h"

#include <algorithm>
#include <set>

#include "core/base/wire_bytes.h"
#include "core/vault/cut_offs.h"
#include "core/vault/due_epoch.h"
#include "core/vault/open_removals.h"
#include "core/vault/retired_keys.h"
#include "core/vault/waiting_items.h"

namespace thuisbasis {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

/// One wish, written on top of the log as it is now.
class Repetition final {
 public:
  Repetition(VaultState& state, const StoredCircle& circle, MemberCircle& members, std::uint32_t from)
      : state_(state), circle_(circle), members_(members), from_(from) {}

  /// Nothing when the log says so already.
  Result<std::optional<NewEntry>> entry_for(const LostWish& lost) {
    const auto wanted = std::visit([&](const auto& wish) { return write(wish, lost); }, lost.wish);
    if (!wanted && wanted.error().code() == Code::kAlreadyExists) return std::optional<NewEntry>();
    return wanted;
  }

 private:
  using Written = Result<std::optional<NewEntry>>;
  WallMs now() const { return state_.world.clock.wall_ms(); }
  static Written some(Result<NewEntry> entry) {
    TB_TRY(NewEntry made, std::move(entry));
    return std::optional(std::move(made));
  }

  Written write(const AdmissionWish& wish, const LostWish& lost) {
    const FormerMember* former = members_.log().former_member(wish.device);
    const bool is_out_since = former != nullptr && former->removal_index >= from_;
    // Unless this device took it out itself, and let it in again, before anything was heard of.
    TB_TRY(const bool is_own_removal,
           is_out_since ? is_unconfirmed(former->removal_index) : Result<bool>(false));
    if (is_out_since && !(lost.knew_removal && is_own_removal))
      return Error(Code::kNotPermitted, "the device was removed since");
    return some(admit_device(
        members_, {wish.signed_certificate, lost.attributes, wish.with_history, wish.legal_basis, wish.rank},
        now(), state_.world.random));
  }
  Result<bool> is_unconfirmed(std::uint32_t index) const {
    TB_TRY(const std::vector<MembershipRow> rows, state_.store.circles.unconfirmed_membership(circle_.row));
    return std::any_of(rows.begin(), rows.end(),
                       [index](const MembershipRow& row) { return row.index == index; });
  }
  /// Out already, and this device limited what counts of its work.
  bool was_limit(const DeviceId& device, const LostWish& lost) const {
    const FormerMember* former = members_.log().former_member(device);
    return lost.is_own && members_.log().member(device) == nullptr && former != nullptr &&
           former->removal_index < from_;
  }
  /// What stood once is shown to the new log as it was signed, and is its author's word still.
  Written write(const RemovalWish& wish, const LostWish& lost) {
    Removal removal{{}, wish.reason, wish.evidence};
    if (removal.evidence.empty() && (lost.once_held || !lost.is_own)) removal.evidence = lost.entry;
    for (const DeviceId& device : wish.devices) {
      const bool limits = was_limit(device, lost);
      if (limits) removal.evidence.clear();
      if ((members_.log().member(device) == nullptr && !limits) || device == state_.self.device) continue;
      TB_TRY(removal.devices[device], known_work(state_, circle_, device));
    }
    if (removal.devices.empty()) return std::optional<NewEntry>();
    return some(remove_devices(members_, removal, now(), state_.world.random));
  }
  Written write(const LeaveWish&, const LostWish& lost) {
    if (!lost.is_own) return write(RemovalWish{{lost.author}, EpochReason::kMemberRemoved}, lost);
    TB_TRY(const CutOffs work, known_work(state_, circle_, state_.self.device));
    return some(leave_circle(members_, work, now()));
  }
  Written write(const RotationWish& wish, const LostWish& lost) {
    const EpochRecord* newest = members_.log().newest_epoch();
    const bool has_begun = newest != nullptr && newest->entry_index >= from_ && !newest->left_at;
    if (!lost.is_own || (has_begun && wish.reason != EpochReason::kSuspicion))
      return std::optional<NewEntry>();
    return some(rotate_epoch(members_, {wish.reason, true}, now(), state_.world.random));
  }
  Written write(const PolicyWish& wish, const LostWish& lost) {
    if (!lost.is_own || members_.log().policy() == wish.policy) return std::optional<NewEntry>();
    return some(set_policy(members_, wish.policy, now()));
  }
  Written write(const HandoverWish& wish, const LostWish& lost) {
    if (!lost.is_own) return std::optional<NewEntry>();
    return some(hand_over(members_, wish.lead, now()));
  }
  Written write(const CertificateWish& wish, const LostWish&) {
    TB_TRY(const DeviceCertificate certificate,
           verify_certificate(wish.signed_certificate, state_.roots->registrar));
    const Member* member = members_.log().member(certificate.device);
    if (member == nullptr || member->certificate.serial >= certificate.serial)
      return std::optional<NewEntry>();
    return some(certify_again(members_, wish.signed_certificate, now()));
  }

  VaultState& state_;
  const StoredCircle& circle_;
  MemberCircle& members_;
  std::uint32_t from_;
};

bool is_removal(const EntryWish& wish) {
  return std::holds_alternative<RemovalWish>(wish) || std::holds_alternative<LeaveWish>(wish);
}

Alarm alarm_of(const LostWish& lost) {
  return std::visit(Overloaded{[](const AdmissionWish&) { return Alarm::kAdmissionLapsed; },
                               [](const RemovalWish&) { return Alarm::kRemovalLapsed; },
                               [](const auto&) { return Alarm::kEntryLapsed; }},
                    lost.wish);
}

/// Nothing is changed where it does not hold any more.
Status write_again(VaultState& state, const StoredCircle& circle, const LostWish& lost, std::uint32_t from) {
  TB_TRY(MemberCircle * members, state.member_circle(circle));
  // Somebody left: who comes gets the key of those who stay.
  if (std::holds_alternative<AdmissionWish>(lost.wish) && members->is_member() &&
      !members->log().epoch_is_open())
    TB_CHECK(begin_due_epoch(state, circle, state.world.clock.wall_ms()));
  TB_TRY(auto entry, Repetition(state, circle, *members, from).entry_for(lost));
  if (!entry) return {};
  return state.append_entry(circle.row, *members, std::move(entry->signed_entry),
                            std::move(entry->archive_wrap));
}

Status repeat(VaultState& state, const StoredCircle& circle, const LostWish& lost, std::uint32_t from) {
  const Status done = write_again(state, circle, lost, from);
  if (done || is_local(done.error().code())) return done;
  return state.note(alarm_of(lost), circle.row, state.self, 0);
}

/// Also those of earlier, whom an entry that came now let in again without a word of them. People heard of it
/// when they lapsed.
Status carry_open_removals(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<Bytes> open, open_removals(state, circle));
  for (const Bytes& entry : open) {
    TB_TRY(const EntryPlace place, parse_entry_place(entry));
    TB_TRY(auto wish, read_wish(entry, state.roots->registrar));
    if (!wish) continue;
    const LostWish lost{
        std::move(*wish), place.author, place.author == state.self.device, true, false, entry, {}};
    const Status done = write_again(state, circle, lost, 0);
    if (!done && is_local(done.error().code())) return done;
  }
  return {};
}

std::vector<DeviceId> removed_by(const EntryWish& wish, const DeviceId& author) {
  const RemovalWish* removal = std::get_if<RemovalWish>(&wish);
  return removal == nullptr ? std::vector<DeviceId>{author} : removal->devices;
}

/// Who was let in and taken out again is not let in.
void take_back_admissions(LostEntries& lost, const std::vector<DeviceId>& removed) {
  std::erase_if(lost.wishes, [&](const LostWish& one) {
    const auto* admission = std::get_if<AdmissionWish>(&one.wish);
    return admission != nullptr &&
           std::find(removed.begin(), removed.end(), admission->device) != removed.end();
  });
}

}  // namespace

Result<LostEntries> withdraw_entries(VaultState& state, const StoredCircle& circle, std::uint32_t index) {
  LostEntries lost{index, {}};
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.unconfirmed_membership(circle.row));
  std::set<std::uint32_t> once_held;
  std::set<Sha256Digest> removals;
  for (const MembershipRow& row : rows) {
    if (row.index < index) continue;
    // Under what no relay had taken nothing was sealed; the wrap is kept until one has.
    if (row.archive_wrap.empty()) once_held.insert(row.index);
    TB_TRY(const EntryPlace place, parse_entry_place(row.entry));
    TB_TRY(auto wish, read_wish(row.entry, state.roots->registrar));
    if (!wish) continue;
    if (is_removal(*wish)) {
      removals.insert(place.hash);
      take_back_admissions(lost, removed_by(*wish, place.author));
      const auto* removal = std::get_if<RemovalWish>(&*wish);
      const bool carries = removal != nullptr && !removal->evidence.empty();
      if (carries || once_held.contains(row.index))
        TB_CHECK(remember_removal(state, circle, carries ? removal->evidence : row.entry, index));
    }
    LostWish& one = lost.wishes.emplace_back();
    one.is_own = place.author == state.self.device;
    one.once_held = once_held.contains(row.index);
    one.author = place.author;
    one.entry = row.entry;
    if (const auto* admission = std::get_if<AdmissionWish>(&*wish)) {
      const Bytes* attributes = members->attributes_of(admission->device);
      if (attributes == nullptr) {
        lost.wishes.pop_back();
        continue;
      }
      one.attributes = *attributes;
      one.knew_removal = removals.contains(admission->after_removal);
    }
    one.wish = std::move(*wish);
  }
  TB_CHECK(keep_retired_keys(state, circle, *members, once_held));
  state.opened_circles.change(circle.id);
  TB_CHECK(state.store.circles.drop_unconfirmed_membership(circle.row, index));
  state.opened_circles.forget(circle.id);
  return lost;
}

Status repeat_entries(VaultState& state, const StoredCircle& circle, const LostEntries& lost) {
  for (const LostWish& one : lost.wishes)
    if (is_removal(one.wish)) TB_CHECK(repeat(state, circle, one, lost.from));
  TB_CHECK(carry_open_removals(state, circle));
  for (const LostWish& one : lost.wishes)
    if (!is_removal(one.wish)) TB_CHECK(repeat(state, circle, one, lost.from));
  return forget_settled_removals(state, circle);
}

Status sign_again(VaultState& state, const StoredCircle& circle, std::uint32_t index) {
  TB_TRY(const std::vector<MembershipRow> unconfirmed,
         state.store.circles.unconfirmed_membership(circle.row));
  const bool is_refused = std::any_of(unconfirmed.begin(), unconfirmed.end(),
                                      [&](const MembershipRow& row) { return row.index == index; });
  // A request may have come twice: what it was refused the second time the relay has by now.
  if (!is_refused) return {};
  TB_TRY(const LostEntries lost, withdraw_entries(state, circle, index));
  TB_CHECK(follow_cut_offs(state, circle));
  TB_CHECK(retry_waiting(state, Care::kSavepoints));
  TB_CHECK(repeat_entries(state, circle, lost));
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_CHECK(state.describe(circle.row, *members));
  return follow_cut_offs(state, circle);
}

}  // namespace thuisbasis
