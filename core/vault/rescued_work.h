// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

// Own work that no relay holds and that stands in no state: a repair saved it (core/vault/repair.h), or it
// made way, and builds on what others built on work that made way (core/vault/own_instance.h). It cannot go
// on under its old numbers, since some of them may be lost or someone else's, nor at once where the circle
// misses what it builds on. So it waits, durably and counted as pending, until a whole request has brought
// what the relay has.

/// Keeps a circle's unsent changes, in the order they were saved and after those kept before, until
/// write_rescued().
Status keep_rescued(VaultState& state, const StoredCircle& circle, const std::vector<UnsentChange>& changes);
/// What an earlier repair kept of a circle, in the values of the vault that is repaired once more.
Result<std::vector<UnsentChange>> rescued_before(const std::map<std::string, Bytes>& values,
                                                 const CircleId& circle);
/// How many changes wait, over all circles.
Result<std::uint64_t> rescued_count(const VaultState& state);
Result<bool> has_rescued(VaultState& state);
/// Whether the change of this dot waits.
Result<bool> is_rescued(const VaultState& state, const StoredCircle& circle, const Dot& dot);

/// Writes all that waits of a circle again as the present instance, with own bundles that were set aside for
/// want of earlier ones. Dots of writes that are nowhere any more are left out. Within the caller's work
/// unit.
Status write_rescued(VaultState& state, const StoredCircle& circle);

}  // namespace thuisbasis
