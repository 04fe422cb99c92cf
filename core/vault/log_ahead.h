// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <set>
#include <vector>

#include "core/vault/stored_log.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

// A receipt names a place in the relay's log, also where this device has not read that far: others wrote
// meanwhile. A relay that is put back to before that place, but not to before our cursor, has the log that we
// read, so its mark says nothing (PROTOCOL.md P-109). Such a log is read again, and all in it offered, once
// it shows something else at the place, or ends before it. Whatever writes here does so within the caller's
// transaction.

/// A receipt names a place in this circle that was not read yet.
void note_ahead(VaultState& state, CircleRow circle);

/// What the relay gave receipts for beyond the cursors of a batch's circles.
class LogsAhead final {
 public:
  static Result<LogsAhead> of(VaultState& state, const std::vector<Arrival>& arrivals);
  /// To be asked before an arrival beyond the cursor is taken in: whether it shows another log than the
  /// receipts are of.
  Result<bool> contradicts(const Arrival& arrival);

 private:
  std::map<CircleId, StoredLog> logs_;
};

/// Whether a place that a new receipt names may be known to hold something else.
Result<bool> may_be_taken(VaultState& state, const StoredCircle& circle, std::uint64_t sequence);
/// The log of a circle where two items are known at one place is read again from before that.
Status compare_places(VaultState& state, const std::set<CircleRow>& circles);

/// After an answer that brought all the relay has: starts logs again that ended before what is known of them,
/// and those of which it took something without a word. True when there was any.
Result<bool> compare_log_ends(VaultState& state);

}  // namespace thuisbasis
