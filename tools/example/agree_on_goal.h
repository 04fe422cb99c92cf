// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault.h"

namespace thuisbasis {

/// The README's example: agrees on a goal in a circle, then takes it up. Returns the second write.
Result<WriteId> agree_on_goal(Vault& vault, const CircleId& circle);

}  // namespace thuisbasis
