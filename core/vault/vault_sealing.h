// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <optional>

#include "core/vault/vault_state.h"

namespace thuisbasis {

// One circle's own work on its way into sealed bundles. Everything within the caller's transaction.

/// Whose pending changes are sealed next. Work of a later instance may build on that of an earlier one, which
/// others may know otherwise: it waits until that is confirmed.
Result<std::optional<Author>> next_to_seal(const VaultState& state, CircleRow row);

/// Seals what is pending, in as few bundles as possible, and stores the exact bytes. `relay_ahead_ms` is the
/// relay's clock minus ours, for the signed time.
Status seal_pending(VaultState& state, const StoredCircle& circle, std::int64_t relay_ahead_ms);

enum class Content : std::uint8_t { kTravels, kWithheld };
/// The same range under the newest epoch, with the signed time that `bundle` has now, or without its content:
/// the chain covers the commitments of the changes, so this is no fork (PROTOCOL.md P-34). It says to have
/// seen what it said before; or `said`, all that its author said up to and with it.
Status seal_again(VaultState& state, const StoredCircle& circle, StoredBundle bundle, Content content,
                  const Frontier* said = nullptr);

/// Own ranges that the relay does not hold: those under an older epoch go under the newest one, and returned
/// ones lose their content.
Status renew_sealed(VaultState& state, const StoredCircle& circle);

/// Visits this device's bundles that the relay is not known to hold now, or has not signed for, in the order
/// they were stored.
Status for_each_unsettled(VaultState& state, const StoredCircle& circle,
                          const std::function<Status(const StoredBundle&)>& visit);

/// Whether the range was refused for good, and lies in the tray of returned work.
Result<bool> is_returned(const VaultState& state, const StoredBundle& bundle);

}  // namespace thuisbasis
