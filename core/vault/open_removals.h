// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault_state.h"

namespace thuisbasis {

// A removal that stood in a circle's log is not undone by a relay that was put back before it: this device
// remembers it, durably, until whom it removed is out again, or was let in by someone who knew of it. Until
// then nothing new is sealed there (PROTOCOL.md P-78). Within the caller's transaction.

/// What the names of the values begin with that hold them.
inline constexpr std::string_view kRemovalsPrefix = "removals/";

/// A removal's serialized SignedEntry, that the log took in and that has lost its place there; `since` is how
/// long the log was left.
Status remember_removal(VaultState& state, const StoredCircle& circle, ByteView entry, std::uint32_t since);
/// After the log has changed: those that took effect again.
Status forget_settled_removals(VaultState& state, const StoredCircle& circle);
/// A person here lets the device in, whatever was decided about it elsewhere.
Status forget_removals_of(VaultState& state, const StoredCircle& circle, const DeviceId& device);
/// The remembered ones of which somebody is a member now, serialized SignedEntries.
Result<std::vector<Bytes>> open_removals(VaultState& state, const StoredCircle& circle);

}  // namespace thuisbasis
