// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

// What this device remembers of the relay's logs beside how far it read them: for each circle a place up to
// which it knows all items for certain, and the mark there (PROTOCOL.md P-95, P-108). So a relay that was put
// back to an older state is noticed, also when it has grown past our cursor since. While an item is asked for
// again the place stands before it, and that is the place we name. Whatever writes here does so within the
// caller's transaction.

/// The place that each circle's next request names, sorted by circle, with the mark where that is known.
Result<std::vector<CirclePosition>> log_positions(const VaultState& state);

/// Moves the marks on over arrivals, in order, that were taken in or set aside, and over what is stored
/// beyond them, up to the first that need not be what the relay has.
Status follow_logs(VaultState& state, const std::vector<Arrival>& arrivals);

/// Our own item took the next place in the circle's order: it need not come back to us.
Status pass_own(VaultState& state, const StoredCircle& circle, std::uint64_t sequence,
                const Receipt& receipt);

/// The place before which these items, which stand without gaps from the first on, are known for certain, and
/// the mark there.
MarkedPlace mark_over(const std::map<std::uint64_t, Arrival>& items);

/// The relay tells what stands in its logs at the places we named. A log that is not what we know is asked
/// for and offered again from the last place on at which both are known to be the same; where we know no
/// mark, only that it does not reach there tells. True when some log was another.
Result<bool> compare_logs(VaultState& state, const std::vector<LogPlaceAtRelay>& places);

/// Asked before an arrival is taken in that stands where this device had read already: whether, if that
/// succeeds, it shows another log than was read. So does an item that is new, or stood elsewhere, and one
/// where something else was set aside that a member signed; not one where only damage was.
Result<bool> would_contradict(VaultState& state, const Arrival& arrival);
/// Nothing counts any more of what this device knows of the circle's log beyond that place, which is one that
/// is known for certain: it is read and offered again.
Status go_back(VaultState& state, const StoredCircle& circle, const MarkedPlace& place);
/// The relay put another item into that place: the log is read and offered again from what is known for
/// certain before it.
Status read_again_before(VaultState& state, const StoredCircle& circle, std::uint64_t sequence);
/// The relay lost what we read of that circle, or put other items into its place.
Status start_log_again(VaultState& state, const CircleId& circle);

}  // namespace thuisbasis
