// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/arrived_entry.h"

#include "core/circle/admission_entry.h"
#include "core/circle/circle_writer.h"

namespace thuisbasis {
namespace {

/// An admission of ours that lost its place in the log to someone else's entry.
struct LostAdmission {
  Bytes signed_certificate;
  Bytes attributes;
  std::optional<LegalBasis> basis;
};

/// Takes our unconfirmed entries from `index` on out of the log, and says which admissions were among them.
Result<std::vector<LostAdmission>> withdraw_entries(VaultState& state, const StoredCircle& circle,
                                                    std::uint32_t index) {
  std::vector<LostAdmission> lost;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.unconfirmed_membership(circle.row));
  for (const MembershipRow& row : rows) {
    if (row.index < index) continue;
    TB_TRY(const auto admission, read_admission(row.entry, state.roots->registrar));
    if (!admission) continue;
    const Bytes* attributes = members->attributes_of(admission->device);
    if (attributes == nullptr) continue;
    lost.push_back({admission->signed_certificate, *attributes, admission->legal_basis});
  }
  state.opened_circles.change(circle.id);
  TB_CHECK(state.store.circles.drop_unconfirmed_membership(circle.row, index));
  state.opened_circles.forget(circle.id);
  return lost;
}

/// Admissions are wishes of a person: they are signed again on top of what came first.
Status repeat_admissions(VaultState& state, const StoredCircle& circle,
                         const std::vector<LostAdmission>& lost) {
  for (const LostAdmission& one : lost) {
    TB_TRY(MemberCircle * members, state.member_circle(circle));
    const Admission admission{one.signed_certificate, one.attributes, true, one.basis};
    Result<NewEntry> entry =
        admit_device(*members, admission, state.world.clock.wall_ms(), state.world.random);
    if (!entry && entry.error().code() == Code::kAlreadyExists) continue;
    if (!entry && is_local(entry.error().code())) return Error(std::move(entry.error()));
    if (!entry) {
      TB_CHECK(state.note(Alarm::kAdmissionLapsed, circle.row, state.self, 0));
      continue;
    }
    TB_CHECK(state.append_entry(circle.row, *members, std::move(entry->signed_entry),
                                std::move(entry->archive_wrap)));
  }
  return {};
}

Result<StoredCircle> circle_for_entry(VaultState& state, const EntryPlace& place) {
  TB_TRY(auto found, state.store.circles.find(place.circle));
  if (found) return std::move(*found);
  if (place.index != 0)
    return Error(Code::kMissingDependency, "an entry of a circle whose genesis is missing");
  TB_TRY(const CircleRow row, state.store.circles.add(place.circle, {}));
  return state.store.circles.get(row);
}

/// Another entry than ours stands at this index. Ours gives way only to one that holds by itself on top of
/// what came before; the first entry of a circle never does. Nothing is changed here: the relay chose what to
/// send.
Status check_better_entry(VaultState& state, const StoredCircle& circle, const EntryPlace& place,
                          ByteView entry) {
  if (place.index == 0) return Error(Code::kFork, "another beginning of a known circle");
  MemberCircle trial(*state.identity, *state.roots);
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  for (const MembershipRow& row : rows) {
    if (row.index < place.index) TB_CHECK(trial.reapply(row.entry));
  }
  return trial.apply(entry);
}

}  // namespace

Status take_entry(VaultState& state, const Arrival& arrival) {
  TB_TRY(const EntryPlace place, parse_entry_place(arrival.bytes));
  if (place.circle != arrival.circle) return Error(Code::kProtocol, "an entry of another circle");
  TB_TRY(const StoredCircle circle, circle_for_entry(state, place));
  TB_TRY(MemberCircle * members, state.member_circle(circle));
  // What came from a log that the relay no longer has stands nowhere until the new one shows it.
  const bool has_place = arrival.sequence != 0;
  std::vector<LostAdmission> lost;
  if (const Sha256Digest* known = members->log().hash_at(place.index)) {
    if (*known == place.hash)
      return has_place ? state.store.circles.confirm_membership(circle.row, place.index, arrival.sequence)
                       : Status();
    TB_CHECK(check_better_entry(state, circle, place, arrival.bytes));
    TB_TRY(lost, withdraw_entries(state, circle, place.index));
    TB_TRY(members, state.member_circle(circle));
  }
  state.opened_circles.change(circle.id);
  TB_CHECK(members->apply(arrival.bytes));
  const auto sequence = has_place ? std::optional(arrival.sequence) : std::nullopt;
  TB_CHECK(
      state.store.circles.add_membership(circle.row, {place.index, to_bytes(arrival.bytes), {}, sequence}));
  TB_CHECK(state.describe(circle.row, *members));
  return repeat_admissions(state, circle, lost);
}

}  // namespace thuisbasis
