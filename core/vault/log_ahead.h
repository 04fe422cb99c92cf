// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <vector>

#include "core/vault/stored_log.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

// A receipt names a place in the relay's log, also where this device has not read that far: others wrote
// meanwhile. A relay that is put back to before that place, but not to before our cursor, has the log that we
// read, so its mark says nothing (PROTOCOL.md P-109). Such items are offered again once the log showed
// another item than they at their place, or ended before it. Whatever writes here does so within the caller's
// transaction.

/// A receipt names a place in this circle that was not read yet.
void note_ahead(VaultState& state, CircleRow circle);

/// What the relay gave receipts for beyond the cursors of a batch's circles.
class LogsAhead final {
 public:
  static Result<LogsAhead> of(VaultState& state, const std::vector<Arrival>& arrivals);
  /// To be asked before an arrival beyond the cursor is taken in: where it shows another log than the
  /// receipts are of, what they were for counts as sent again.
  Status compare(VaultState& state, const Arrival& arrival);

 private:
  struct Ahead {
    StoredCircle circle;
    StoredLog log;
  };
  std::map<CircleId, Ahead> circles_;
};

/// Whether there is any such receipt.
Result<bool> any_ahead(VaultState& state);
/// After an answer that brought all the relay has: what stood beyond the ends of its logs counts as sent
/// again. True when there was any.
Result<bool> offer_beyond_ends(VaultState& state);

}  // namespace thuisbasis
