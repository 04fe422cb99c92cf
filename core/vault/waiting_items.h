// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

// Arrivals one at a time, and those that were set aside until something else has come. Within the caller's
// work unit.

/// How a failed arrival is undone.
enum class Care : std::uint8_t { kWholeBatch, kSavepoints };

/// One arrival, whole or not at all. kCancelled with Care::kWholeBatch when it was taken in half, and the
/// caller has to undo everything.
Status take_whole(VaultState& state, const Arrival& arrival, Care care);

/// What waited for something else is tried again, until nothing more comes of it.
Status retry_waiting(VaultState& state, Care care);

/// The same in a work unit of its own: when it fails, what waits goes on waiting. Only the disk's errors come
/// back.
Status retry_waiting_apart(VaultState& state);

}  // namespace thuisbasis
