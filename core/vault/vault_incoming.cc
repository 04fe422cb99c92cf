// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_incoming.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/planted_bug.h"
#include "core/vault/log_ahead.h"
#include "core/vault/log_marks.h"
#include "core/vault/own_instance.h"
#include "core/vault/set_aside.h"
#include "core/vault/waiting_items.h"

namespace thuisbasis {
namespace {

Status advance(VaultState& state, const Arrival& arrival) {
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (!circle) return Error(Code::kInternal, "an arrival left no circle");
  return state.store.circles.advance_cursor(circle->row, arrival.sequence);
}

/// How far the circles were read before a batch, and of which of them it showed another log than was read.
struct LogsRead {
  std::map<CircleId, std::uint64_t> to;
  std::set<CircleId> others;
  LogsAhead ahead;
};

Result<LogsRead> logs_read(const VaultState& state, const std::vector<Arrival>& arrivals) {
  LogsRead logs;
  for (const Arrival& arrival : arrivals) {
    const auto [place, first] = logs.to.try_emplace(arrival.circle, 0);
    if (!first) continue;
    TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
    if (circle) place->second = circle->cursor;
  }
  return logs;
}

Status take_or_set_aside(VaultState& state, const Arrival& arrival, Care care, LogsRead& logs) {
  const bool again = arrival.sequence <= logs.to.at(arrival.circle);
  TB_TRY(const bool contradicts, again ? would_contradict(state, arrival) : logs.ahead.contradicts(arrival));
  if (!again && (contradicts || logs.others.contains(arrival.circle))) {  // comes again from the beginning
    logs.others.insert(arrival.circle);
    return {};
  }
  const Status taken = take_whole(state, arrival, care);
  if (!taken) {
    if (is_local(taken.error().code())) return Error(taken.error());
    // Undoing it found no memory, and SQLite rolled back all that arrived before it: no cursor may pass that.
    if (!state.connection.in_transaction()) return Error(Code::kCancelled, "the batch was rolled back");
    if (is_planted(PlantedBug::kBadItemStopsAll)) return taken;
    const bool is_dropped =
        is_planted(PlantedBug::kWaitingDropped) && taken.error().code() == Code::kMissingDependency;
    TB_TRY(const auto known, state.store.circles.find(arrival.circle));
    if (!known && is_of_another_circle(arrival)) {  // no place it could wait at; it comes again at its own
      state.heard_in_part = true;
      return {};
    }
    if (!is_dropped) TB_CHECK(set_aside(state, arrival, taken.error()));
    if (taken.error().code() == Code::kFork) TB_CHECK(leave_forked_instance(state, arrival.bytes));
    return advance(state, arrival);
  }
  if (contradicts) {  // what was set aside there stays with the log that it came from
    logs.others.insert(arrival.circle);
    return advance(state, arrival);
  }
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (circle) TB_CHECK(state.store.log.replace_quarantined(circle->row, arrival.sequence));
  return advance(state, arrival);
}

Status take_all(VaultState& state, const std::vector<Arrival>& arrivals, Care care, LogsRead& logs) {
  // Keys first: an entry needs entries only, and may bring the key of bundles before it. All of it is one
  // transaction, so the cursors end where they would have.
  for (const Arrival& arrival : arrivals)
    if (arrival.is_entry) TB_CHECK(take_or_set_aside(state, arrival, care, logs));
  for (const Arrival& arrival : arrivals)
    if (!arrival.is_entry) TB_CHECK(take_or_set_aside(state, arrival, care, logs));
  return retry_waiting(state, care);
}

Status take_allowed_items(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    if (item.reason != Code::kMassChange || item.circle != circle.row) continue;
    const Status taken = take_whole(state, {circle.id, item.sequence, false, item.bytes}, Care::kSavepoints);
    if (!taken &&
        taken.error().code() == Code::kMissingDependency) {  // then it is asked about when that came
      TB_CHECK(state.store.log.set_reason(item.row, Code::kMissingDependency, taken.error().context()));
      continue;
    }
    TB_CHECK(taken);
    TB_CHECK(state.store.log.release(item.row));
  }
  return retry_waiting(state, Care::kSavepoints);
}

Status take_in_one_unit(VaultState& state, const std::vector<Arrival>& arrivals, Care care) {
  if (is_planted(PlantedBug::kCursorBeforeData)) {
    TB_TRY(WorkUnit unit, WorkUnit::begin(state));
    for (const Arrival& arrival : arrivals) (void)advance(state, arrival);
    TB_CHECK(unit.commit());
  }
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_TRY(LogsRead logs, logs_read(state, arrivals));
  TB_TRY(logs.ahead, LogsAhead::of(state, arrivals));
  TB_CHECK(take_all(state, arrivals, care, logs));
  TB_CHECK(follow_logs(state, arrivals));
  for (const CircleId& circle : logs.others) TB_CHECK(start_log_again(state, circle));
  return unit.commit();
}

}  // namespace

Result<std::vector<bool>> take_held(VaultState& state, const StoredCircle& circle,
                                    const std::vector<Arrival>& bundles, Care care) {
  std::vector<bool> taken;
  taken.reserve(bundles.size());
  state.mass_change_allowed = circle.row;  // it was asked about when it came
  const Status all = [&]() -> Status {
    for (const Arrival& bundle : bundles) {
      const Status one = take_whole(state, bundle, care);
      taken.push_back(one.has_value());
      if (one) continue;
      if (is_local(one.error().code())) return Error(one.error());
      TB_CHECK(set_aside(state, bundle, one.error()));
    }
    return retry_waiting(state, care);
  }();
  state.mass_change_allowed.reset();
  TB_CHECK(all);
  return taken;
}

Status take_allowed(VaultState& state, const StoredCircle& circle) {
  state.mass_change_allowed = circle.row;
  const Status taken = take_allowed_items(state, circle);
  state.mass_change_allowed.reset();
  return taken;
}

namespace {

/// What continues a circle's log where it was read to, by rising sequence. After a gap nothing more of that
/// circle is taken: the cursor would pass what is missing, and it is asked for again anyway (PROTOCOL.md
/// P-102).
Result<std::vector<Arrival>> without_gaps(VaultState& state, const std::vector<Arrival>& arrivals) {
  TB_TRY(LogsRead logs, logs_read(state, arrivals));
  std::map<CircleId, std::uint64_t> latest;
  std::vector<Arrival> taken;
  taken.reserve(arrivals.size());
  for (const Arrival& arrival : arrivals) {
    std::uint64_t& read_to = logs.to.at(arrival.circle);
    if (arrival.sequence > read_to + 1 && !is_planted(PlantedBug::kGapPassed)) {
      state.heard_in_part = true;
      continue;
    }
    state.heard(arrival.circle, arrival.sequence);
    std::uint64_t& before = latest[arrival.circle];
    if (arrival.sequence <= before) continue;
    before = arrival.sequence;
    read_to = std::max(read_to, arrival.sequence);
    taken.push_back(arrival);
  }
  return taken;
}

}  // namespace

Status take_arrivals(VaultState& state, const std::vector<Arrival>& all) {
  TB_TRY(const std::vector<Arrival> arrivals, without_gaps(state, all));
  const bool retried = state.retried_all;
  Status taken = take_in_one_unit(state, arrivals, Care::kWholeBatch);
  if (!taken && taken.error().code() == Code::kCancelled) {
    state.retried_all = retried;
    taken = take_in_one_unit(state, arrivals, Care::kSavepoints);
  }
  if (!taken) state.retried_all = retried;
  if (taken)
    for (const Arrival& arrival : arrivals) state.shut_out.erase(arrival.circle);
  return taken;
}

}  // namespace thuisbasis
