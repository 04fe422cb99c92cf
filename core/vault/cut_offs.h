// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// How far this device knows the work of another one: what a removal lets count, so that nobody who built on
/// it has to give it up, and the relay has no more of it than that.
Result<CutOffs> known_work(VaultState& state, const StoredCircle& circle, const DeviceId& device);

/// Brings what is merged in line with whose work counts (PROTOCOL.md P-69), after an entry ended a
/// membership, extended a cut-off or admitted a device again. Own work that was built on more of a removed
/// device's lets that count: this device says so in an entry of its own. What goes beyond a cut-off is taken
/// out and set aside, byte for byte; where this device itself was removed, its own goes to the tray of
/// returned work. What was set aside and counts now is taken in. Within the caller's transaction.
Status follow_cut_offs(VaultState& state, const StoredCircle& circle);

/// On a device that was removed: own work of that instance from this number on, which the relay does not
/// have, goes to the tray of returned work. Within the caller's transaction.
Status return_from(VaultState& state, const StoredCircle& circle, const Author& author, std::uint64_t first);

}  // namespace thuisbasis
