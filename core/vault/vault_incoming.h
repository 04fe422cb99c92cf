// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"
#include "core/vault/waiting_items.h"

namespace thuisbasis {

/// Takes in what a relay sent, in order, within the caller's work unit: entries extend the membership log,
/// bundles are verified, opened and applied, cursors move along. An item that breaks a rule is quarantined
/// with its reason; what waited for something that has now arrived is tried again. An error is one of this
/// device (disk, memory), and the caller undoes everything.
Status take_arrivals(VaultState& state, const std::vector<Arrival>& all);

/// Applies what waited in this circle for a person's word (core/vault/mass_change.h), and what waited for
/// that. Within the caller's work unit.
Status take_allowed(VaultState& state, const StoredCircle& circle);

/// Takes in again what another file of this vault held, without moving cursors: membership entries are there
/// already, `bundles` come in the order they were stored there. What waits for something else is set aside,
/// as if it had arrived. Answers which were taken. Within the caller's work unit; kCancelled when it has to
/// be undone and done again with savepoints.
Result<std::vector<bool>> take_held(VaultState& state, const StoredCircle& circle,
                                    const std::vector<Arrival>& bundles, Care care);

}  // namespace thuisbasis
