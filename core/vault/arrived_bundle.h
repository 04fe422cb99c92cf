// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Takes in one bundle: verified, opened, merged and stored. One that is known learns its place; the relay's
/// sealing of a known range takes the place of ours (PROTOCOL.md P-118). Within the caller's work unit; an
/// error leaves it to the caller to undo what was written.
Status take_bundle(VaultState& state, const Arrival& arrival);

/// Whether these bytes are a bundle or an entry of the circle that a member signed, whatever is wrong with it
/// otherwise.
Result<bool> is_genuine(VaultState& state, const StoredCircle& circle, ByteView bytes);

/// Whether they are a bundle of the circle that says no more than what stands here already, in whatever
/// sealing.
Result<bool> is_stored(const VaultState& state, const StoredCircle& circle, ByteView bytes);

}  // namespace thuisbasis
