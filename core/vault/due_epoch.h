// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// An epoch's key serves this long and for so many changes (PROTOCOL.md P-79).
inline constexpr WallMs kEpochAgeMaxMs = 90LL * 24 * 60 * 60 * 1000;
inline constexpr std::uint64_t kEpochChangesMax = std::uint64_t{1} << 24;
/// So far a log is lengthened for work that was sealed on a longer one: not without end, for what somebody
/// claims.
inline constexpr std::uint32_t kEpochsForReachMax = 64;

/// How many epochs the log is short of work that the relay refused, which was sealed on one with more entries
/// or more epochs: it will do as soon as this one has as many (PROTOCOL.md P-22).
std::uint32_t lacking_of(const MembershipLog& log, const LogReach& wanted);

/// Why the circle's next epoch is to begin now; nothing while the present one serves. `now` is the relay's
/// time as far as it is known: a clock that is off costs an epoch too many, or too few for a while.
Result<std::optional<EpochReason>> due_epoch(VaultState& state, const StoredCircle& circle, WallMs now);
/// Begins it. Within the caller's transaction.
Status begin_due_epoch(VaultState& state, const StoredCircle& circle, WallMs now);

}  // namespace thuisbasis
