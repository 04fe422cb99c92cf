// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// What a refusal of the relay means for the work it names (PROTOCOL.md P-111). `relay_now` is the relay's
/// clock. Within the caller's transaction. True where a bundle was refused for good and that is heard for the
/// first time: one answer may be damaged on its way, so it is offered again before anything comes back.
Result<bool> take_refusal(VaultState& state, const Refused& refusal, WallMs relay_now);

}  // namespace thuisbasis
