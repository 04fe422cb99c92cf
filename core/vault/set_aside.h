// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/sync_port.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

// What arrived and could not be taken in. It is kept byte for byte, counts in VaultStatus::quarantined, and
// is asked for again where it need not be what its author signed. Within the caller's work unit, unless said
// otherwise.

/// Keeps an arrival with the reason; once, however often the relay sends it. Not what was damaged on the way
/// where all is known for certain.
Status set_aside(VaultState& state, const Arrival& arrival, const Error& reason);

/// Whether an item is worth another try now that other things arrived; `after_opening`: for the first time
/// since the vault was opened, perhaps by a newer program or with new keys.
bool is_worth_retrying(const QuarantinedItem& item, bool after_opening);

/// Whether these bytes are what the relay has at that sequence: nothing else came, and where they were set
/// aside a member signed them.
Result<bool> is_certain(VaultState& state, const StoredCircle& circle, std::uint64_t sequence,
                        ByteView bytes);
/// Whether something that a member signed, other than the arrival, was set aside at its sequence.
Result<bool> has_genuine_other(VaultState& state, const StoredCircle& circle, const Arrival& arrival);
/// The author's bundles that cover this number, or one before it, and wait in the circle for something else.
/// One that its author did not sign does not count.
Result<std::vector<QuarantinedItem>> waiting_of(VaultState& state, const StoredCircle& circle,
                                                const Author& author, std::uint64_t number);
/// Readable, and not of the circle that the answer said it is of.
bool is_of_another_circle(const Arrival& arrival);
/// Something was taken in at that sequence: what nobody signed and was set aside there was never the relay's.
Status clear_damaged_at(VaultState& state, const StoredCircle& circle, std::uint64_t sequence);

/// The first time since the vault was opened: what was asked for in vain is asked for once more. A relay that
/// kept sending other bytes may be mended since. A work unit of its own.
Status ask_again_after_opening(VaultState& state);

/// The relay's log was read to its end: of what a former log left behind, drops what stands here by now and
/// what nobody signed. What waits for an author who is not known yet may be the last of its kind, and stays.
Status clear_set_aside(VaultState& state);

}  // namespace thuisbasis
