// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Seals what is pending, seals again what stands under an older epoch, and collects what has no receipt:
/// entries first, then bundles, each circle's in order. Its own transaction, committed before anything is
/// returned.
Result<Outgoing> collect_outgoing(VaultState& state, std::size_t limit_bytes, std::int64_t relay_ahead_ms);

/// The relay refused a range of ours because it is signed ahead of its clock, so nobody has it: sealed again
/// as of the relay's time.
Status correct_time(VaultState& state, const StoredCircle& circle, const Refused& refusal, WallMs relay_now);

/// The relay refused a range of ours for good: its changes go to the tray of returned work, with the reason.
Status return_range(VaultState& state, const StoredCircle& circle, const Refused& refusal);

/// Opens a bundle that lies in the store, ours or another's, with the keys of its circle.
Result<OpenedBundle> open_stored(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle);

}  // namespace thuisbasis
