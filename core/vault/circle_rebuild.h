// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Merges a circle's records again, from its sealed bundles and unsent changes, causes first: afterwards the
/// tables hold what these say and nothing else. For when a change that was merged already counts otherwise:
/// by another time, under another dot, or not at all. Within the caller's transaction; reads the whole
/// circle.
Status rebuild_circle(VaultState& state, const StoredCircle& circle);

/// The same, after own work was taken out of the circle that others may know otherwise, or from a copy of
/// this vault. Answers the bundles that were built on it, in an order in which they can follow each other:
/// they are not stored any more, and the caller's to take in again or to set aside.
Result<std::vector<StoredBundle>> rebuild_without_taken_out(VaultState& state, const StoredCircle& circle);

}  // namespace thuisbasis
