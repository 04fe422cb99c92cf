// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/due_epoch.h"

#include <algorithm>

#include "core/circle/circle_writer.h"

namespace thuisbasis {
namespace {

/// Whether so many changes were sealed under the epoch that it has served. That rarely needs to be counted.
Result<bool> is_used_up(const VaultState& state, const StoredCircle& circle, const EpochRecord& epoch) {
  std::uint64_t changes = 0;
  TB_TRY(const Frontier frontier, state.store.circles.frontier(circle.row));
  for (const auto& [author, number] : frontier.numbers()) changes += number;
  if (changes < kEpochChangesMax) return false;
  TB_TRY(const std::uint64_t sealed, state.store.log.changes_under(circle.row, epoch.number));
  return sealed >= kEpochChangesMax;
}

}  // namespace

std::uint32_t lacking_of(const MembershipLog& log, const LogReach& wanted) {
  const std::uint32_t epochs = log.newest_epoch() == nullptr ? 0 : log.newest_epoch()->number;
  return std::max(wanted.entries - std::min(wanted.entries, log.size()),
                  wanted.epochs - std::min(wanted.epochs, epochs));
}

Result<std::optional<EpochReason>> due_epoch(VaultState& state, const StoredCircle& circle, WallMs now) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (!members->is_member() || members->newest_key() == nullptr) return std::optional<EpochReason>();
  if (!members->log().epoch_is_open()) return std::optional(EpochReason::kMemberRemoved);
  const EpochRecord& newest = *members->log().newest_epoch();
  TB_TRY(const std::vector<MembershipRow> unconfirmed,
         state.store.circles.unconfirmed_membership(circle.row));
  const bool is_new = std::any_of(unconfirmed.begin(), unconfirmed.end(),
                                  [&](const MembershipRow& row) { return row.index == newest.entry_index; });
  if (is_new) return std::optional<EpochReason>();
  const auto untold = members->untold_keys(members->log().members());
  const bool tells_more = std::any_of(untold.begin(), untold.end(),
                                      [&](const EpochKey* one) { return one->epoch() <= newest.number; });
  if (tells_more) return std::optional(EpochReason::kSuspicion);
  if (now - newest.time > kEpochAgeMaxMs) return std::optional(EpochReason::kAge);
  const std::uint32_t lacking = lacking_of(members->log(), state.held.wanted_reach(circle.row));
  if (lacking != 0 && lacking <= kEpochsForReachMax) return std::optional(EpochReason::kUse);
  TB_TRY(const bool used_up, is_used_up(state, circle, newest));
  return used_up ? std::optional(EpochReason::kUse) : std::optional<EpochReason>();
}

Status begin_due_epoch(VaultState& state, const StoredCircle& circle, WallMs now) {
  TB_TRY(const auto reason, due_epoch(state, circle, now));
  if (!reason) return {};
  TB_TRY(MemberCircle * members, state.member_circle(circle));
  TB_TRY(NewEntry entry, rotate_epoch(*members, {*reason, true}, now, state.world.random));
  TB_CHECK(
      state.append_entry(circle.row, *members, std::move(entry.signed_entry), std::move(entry.archive_wrap)));
  return state.describe(circle.row, *members);
}

}  // namespace thuisbasis
