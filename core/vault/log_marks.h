// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

// What this device remembers of the relay's logs beside how far it read them: one mark per circle, which
// stands for all items up to the cursor (PROTOCOL.md P-95, P-108). So a relay that was put back to an older
// state is noticed, also when it has grown past our cursor since. Everything here happens within the caller's
// transaction.

/// Where reading a log ends, and the mark there; none where an item is not known for certain.
struct LogEnd {
  std::uint64_t sequence = 0;
  std::optional<LogMark> mark;
};
using LogEnds = std::map<CircleId, LogEnd>;

/// Where the logs will have been read to with these arrivals, which continue each circle's log without gaps.
/// Asked before they are taken in.
Result<LogEnds> log_ends_after(const VaultState& state, const std::vector<Arrival>& arrivals);
/// Keeps those marks, now that they were. Not of a circle of which something shall be asked for again.
Status keep_marks(VaultState& state, const LogEnds& ends);

/// Our own item took the next place in the circle's order: it need not come back to us.
Status pass_own(VaultState& state, const StoredCircle& circle, std::uint64_t sequence,
                const Receipt& receipt);

/// The relay tells what stands in its logs where we read to. A log that is not what we know is asked for and
/// offered again from its beginning; where we did not know a mark, we do now. True when some log was another.
Result<bool> compare_logs(VaultState& state, const std::vector<LogPlaceAtRelay>& places);

}  // namespace thuisbasis
