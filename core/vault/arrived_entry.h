// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Takes in one membership entry: it extends the circle's log, learns its place there, or takes the place of
/// an entry of ours that no relay holds, whose admissions are then signed again. Within the caller's work
/// unit; an error leaves it to the caller to undo what was written.
Status take_entry(VaultState& state, const Arrival& arrival);

}  // namespace thuisbasis
