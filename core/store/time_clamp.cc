// SPDX-License-Identifier: EUPL-1.2
#include "core/store/time_clamp.h"

#include <algorithm>

namespace thuisbasis {
namespace {

RecordState clamped(RecordState state, const Dot& dot, HybridTime limit) {
  for (auto& [key, field] : state.fields) {
    for (Entry& entry : field.entries) {
      if (entry.dot == dot) entry.time = std::min(entry.time, limit);
    }
  }
  for (OpaqueOperation& operation : state.opaque) {
    if (operation.dot == dot) operation.time = std::min(operation.time, limit);
  }
  if (state.created == dot) state.created_time = std::min(state.created_time, limit);
  return state;
}

}  // namespace

Result<Clamped> clamp_times(Store& store, CircleRow circle, std::span<const Change> changes,
                            HybridTime limit) {
  const auto is_late = [&](const Change& change) { return change.time > limit; };
  if (std::none_of(changes.begin(), changes.end(), is_late)) return Clamped::kExactly;
  Clamped outcome = Clamped::kExactly;
  TB_TRY(StoredCircle stored, store.circles.get(circle));
  for (const Change& change : changes) {
    if (!is_late(change)) continue;
    for (const RecordChange& record : change.records) {
      TB_TRY(const auto before, store.records.load(circle, record.kind, record.record));
      if (!before) continue;
      // Someone else created it too, and took the place that this change has a claim to now.
      if (record.created && before->state.created != change.dot) outcome = Clamped::kOnlyByMergingAgain;
      const RecordState after = clamped(before->state, change.dot, limit);
      if (after == before->state) continue;
      TB_CHECK(store.records.write(circle, after, &*before));
      remove_row(stored.digest, row_hash(before->state));
      add_row(stored.digest, row_hash(after));
    }
  }
  TB_CHECK(store.circles.put_digest(circle, stored.digest, stored.time));
  return outcome;
}

}  // namespace thuisbasis
