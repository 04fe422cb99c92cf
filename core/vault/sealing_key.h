// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault_state.h"

namespace thuisbasis {

struct SealingKey {
  const EpochKey* key = nullptr;  ///< null while anything is waited for
  SealingWait wait = SealingWait::kNone;
};

/// The key that new work of the circle may be sealed under now (PROTOCOL.md P-67): what is sealed under it no
/// one reads but the members that this device knows of, and the archive.
Result<SealingKey> sealing_key(VaultState& state, const StoredCircle& circle);

}  // namespace thuisbasis
