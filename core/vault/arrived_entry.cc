// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/arrived_entry.h"

#include "core/vault/cut_offs.h"
#include "core/vault/open_removals.h"
#include "core/vault/rebase.h"

namespace thuisbasis {
namespace {

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

/// Where it builds on another entry than ours that no relay has taken, that other one may be lost on its way
/// and come again: it waits for it.
Status check_no_rival_before(VaultState& state, const StoredCircle& circle, const MembershipLog& log,
                             const EntryPlace& place) {
  if (place.index == 0) return {};
  const Sha256Digest* before = log.hash_at(place.index - 1);
  if (before == nullptr || *before == place.predecessor) return {};
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  if (place.index > rows.size() || rows[place.index - 1].sequence) return {};
  return Error(Code::kMissingDependency, "entry " + std::to_string(place.index) +
                                             " follows another than ours, which no relay has taken");
}

}  // namespace

Status take_entry(VaultState& state, const Arrival& arrival) {
  TB_TRY(const EntryPlace place, parse_entry_place(arrival.bytes));
  if (place.circle != arrival.circle) return Error(Code::kProtocol, "an entry of another circle");
  TB_TRY(const StoredCircle circle, circle_for_entry(state, place));
  TB_TRY(MemberCircle * members, state.member_circle(circle));
  // What came from a log that the relay no longer has stands nowhere until the new one shows it.
  const bool has_place = arrival.sequence != 0;
  LostEntries lost;
  TB_CHECK(check_no_rival_before(state, circle, members->log(), place));
  if (const Sha256Digest* known = members->log().hash_at(place.index)) {
    if (*known == place.hash)
      return has_place ? state.store.circles.confirm_membership(circle.row, place.index, arrival.sequence)
                       : Status();
    TB_CHECK(check_better_entry(state, circle, place, arrival.bytes));
    TB_TRY(lost, withdraw_entries(state, circle, place.index));
    TB_TRY(members, state.member_circle(circle));
  }
  TB_CHECK(forget_settled_removals(state, circle));  // this entry may let somebody in who is out
  state.opened_circles.change(circle.id);
  TB_CHECK(members->apply(arrival.bytes));
  const auto sequence = has_place ? std::optional(arrival.sequence) : std::nullopt;
  TB_CHECK(
      state.store.circles.add_membership(circle.row, {place.index, to_bytes(arrival.bytes), {}, sequence}));
  TB_CHECK(state.describe(circle.row, *members));
  TB_CHECK(repeat_entries(state, circle, lost));
  return follow_cut_offs(state, circle);
}

}  // namespace thuisbasis
