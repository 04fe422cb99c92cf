// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

// The fuse against accidents: nobody deletes or changes most of a circle in one go without a person saying
// so, neither from this device nor on it.

/// How many records changes touch that they do not create themselves, and how many there are besides new
/// ones.
struct MassChangeExtent {
  std::uint64_t touched = 0;
  std::uint64_t of = 0;
};
/// Before or after the changes were applied. None when it is within the limit.
Result<std::optional<MassChangeExtent>> excess_of(VaultState& state, CircleRow circle,
                                                  std::span<const Change> changes);
/// Of the author's pending changes in this circle, those that no person has allowed yet.
Result<std::optional<MassChangeExtent>> pending_excess(VaultState& state, const StoredCircle& circle,
                                                       const Author& author);

/// kMassChange when an author's pending changes, of which none was sealed yet, need a person's word first.
Status check_outgoing(VaultState& state, const StoredCircle& circle, const Author& author);
/// A person's word for everything that is pending in the circle now.
Status allow_outgoing(VaultState& state, const StoredCircle& circle);

/// kMassChange when what arrived, with what its author sealed in one go with it, needs a person's word first.
/// What was pushed before this device was admitted is history, and so is what an own device sent.
Status check_incoming(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                      std::uint64_t sequence, std::span<const Change> changes);

}  // namespace thuisbasis
