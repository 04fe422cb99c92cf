// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <set>

#include "core/vault/vault_state.h"

namespace thuisbasis {

/// What the names of the values begin with that hold them.
inline constexpr std::string_view kRetiredKeysPrefix = "retired_keys/";

/// Keeps the keys of epochs that these entries begin, which are about to leave the log.
Status keep_retired_keys(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                         const std::set<std::uint32_t>& entries);
/// Gives a circle that was rebuilt from its log the keys that were kept.
Status load_retired_keys(const VaultState& state, const CircleId& circle, MemberCircle& members);

}  // namespace thuisbasis
