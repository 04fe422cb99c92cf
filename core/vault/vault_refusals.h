// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Whether it is a refusal for good of a bundle that was offered, heard for the first time: one answer may
/// be damaged on its way, and what came back to a person does not go by itself. Notes that it was heard.
Result<bool> is_heard_once(VaultState& state, const Refused& refusal);

/// What a refusal of the relay means for the work it names (PROTOCOL.md P-111). `relay_now` is the relay's
/// clock. Within the caller's transaction.
Status take_refusal(VaultState& state, const Refused& refusal, WallMs relay_now);

}  // namespace thuisbasis
