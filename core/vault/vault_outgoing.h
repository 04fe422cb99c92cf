// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Seals what is pending, seals again what stands under an older epoch, and collects what has no receipt:
/// entries first, then bundles, each circle's in order. Its own transaction, committed before anything is
/// returned.
Result<Outgoing> collect_outgoing(VaultState& state, std::size_t limit_bytes, std::int64_t relay_ahead_ms);

}  // namespace thuisbasis
