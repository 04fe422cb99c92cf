// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Merges a circle's records again, from its sealed bundles and unsent changes, causes first: afterwards the
/// tables hold what these say and nothing else. For when a change that was merged already counts otherwise:
/// by another time, under another dot, or not at all. Within the caller's transaction; reads the whole
/// circle.
Status rebuild_circle(VaultState& state, const StoredCircle& circle);

/// The same, after own work was taken out of the circle that others may know otherwise, or from a copy of
/// this vault: what they built on it is set aside, and waits for it.
Status rebuild_without_taken_out(VaultState& state, const StoredCircle& circle);

}  // namespace thuisbasis
