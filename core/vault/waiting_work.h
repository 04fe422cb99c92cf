// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

/// A change of this device that waits to be written again.
struct WaitingChange {
  UnsentChange change;
  bool ours = false;  ///< known to be this vault's own work; else it may be of a copy of it
  Dot dot() const { return {change.author, change.number}; }
};

/// Work that builds on itself, in its order, each number once.
using Strand = std::vector<WaitingChange>;

/// A copy of this vault may have used a number for other work: that is another strand, with all that follows
/// it. What is the same counts once, for a relay can give a bundle two places.
std::vector<Strand> strands_of(const std::vector<WaitingChange>& all);

/// The dot under which the change was written again before, or stands already: here, or by a copy of this
/// vault that sent it. Under its number others may know another change, and another may have been written
/// again; where nothing is left to compare with there is none, for a second time is better than never. `all`
/// is what else waits in the circle.
Result<std::optional<Dot>> lives_on_as(VaultState& state, const StoredCircle& circle,
                                       const WaitingChange& one, const std::vector<WaitingChange>& all);

}  // namespace thuisbasis
