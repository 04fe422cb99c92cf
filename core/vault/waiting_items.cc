// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/waiting_items.h"

#include <utility>

#include "core/vault/arrived_bundle.h"
#include "core/vault/arrived_entry.h"
#include "core/vault/own_instance.h"
#include "core/vault/set_aside.h"

namespace thuisbasis {
namespace {

/// What an item is its bytes tell; the frame that it came in is the relay's word.
Status take(VaultState& state, const Arrival& arrival) {
  const bool is_entry =
      !parse_bundle(arrival.bytes) && (arrival.is_entry || parse_entry_place(arrival.bytes).has_value());
  return is_entry ? take_entry(state, arrival) : take_bundle(state, arrival);
}

/// False when it still waits.
Result<bool> take_again(VaultState& state, const QuarantinedItem& item, Care care) {
  TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
  const bool is_entry = !parse_bundle(item.bytes).has_value();
  const Status taken = take_whole(state, {circle.id, item.sequence, is_entry, item.bytes}, care);
  if (!taken && is_local(taken.error().code())) return Error(taken.error());
  if (!state.connection.in_transaction()) return Error(Code::kCancelled, "the batch was rolled back");
  if (!taken) {
    const Code reason = taken.error().code();
    if (reason == item.reason) return false;
    TB_CHECK(state.store.log.set_reason(item.row, reason, taken.error().context()));
    if (reason == Code::kFork) TB_CHECK(leave_forked_instance(state, item.bytes));
    return false;
  }
  TB_CHECK(state.store.log.release(item.row));
  TB_CHECK(clear_damaged_at(state, circle, item.sequence));
  return true;
}

}  // namespace

/// While nothing was written there is nothing to undo, and a savepoint would make the search index flush each
/// time; so a batch goes without, and once more with care where that was not enough.
Status take_whole(VaultState& state, const Arrival& arrival, Care care) {
  if (care == Care::kSavepoints) {
    TB_TRY(WorkPart part, WorkPart::begin(state));
    TB_CHECK(take(state, arrival));
    return part.keep();
  }
  const std::int64_t before = state.connection.total_changes();
  const Status taken = take(state, arrival);
  if (!taken && !is_local(taken.error().code()) && state.connection.total_changes() != before)
    return Error(Code::kCancelled, "an arrival was taken in half");
  return taken;
}

Status retry_waiting(VaultState& state, Care care) {
  const bool every = !std::exchange(state.retried_all, true);
  for (bool progress = true; progress;) {
    progress = false;
    TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
    for (const QuarantinedItem& item : items) {
      if (!is_worth_retrying(item, every)) continue;
      TB_TRY(const bool taken, take_again(state, item, care));
      progress = progress || taken;
    }
  }
  return {};
}

Status retry_waiting_apart(VaultState& state) {
  const bool retried = state.retried_all;
  const Status taken = [&]() -> Status {
    TB_TRY(WorkUnit unit, WorkUnit::begin(state));
    TB_CHECK(retry_waiting(state, Care::kSavepoints));
    return unit.commit();
  }();
  if (!taken) state.retried_all = retried;
  return taken || !is_of_the_disk(taken.error().code()) ? Status() : taken;
}

}  // namespace thuisbasis
