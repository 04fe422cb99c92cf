// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/log_ahead.h"

#include <algorithm>
#include <utility>

#include "core/vault/arrived_bundle.h"

namespace thuisbasis {
namespace {

/// Looked for once after opening; from then on receipts tell.
Result<std::set<CircleRow>*> circles_ahead(VaultState& state) {
  if (!state.ahead) {
    TB_TRY(const std::vector<CircleRow> found, state.store.log.circles_ahead_of_cursor());
    state.ahead = std::set<CircleRow>(found.begin(), found.end());
  }
  return &*state.ahead;
}

Status doubt_beyond(VaultState& state, CircleRow circle, std::uint64_t sequence) {
  TB_CHECK(state.store.log.doubt_beyond(circle, sequence));
  return state.store.circles.doubt_membership(circle, sequence);
}

/// Whether a receipt beyond the cursor names another place for the entry, or is of another entry.
Result<bool> has_other_receipt(VaultState& state, const StoredCircle& circle, const Arrival& arrival) {
  const auto place = parse_entry_place(arrival.bytes);
  if (!arrival.is_entry || !place) return false;
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  return std::any_of(rows.begin(), rows.end(), [&](const MembershipRow& row) {
    return row.index == place->index && row.sequence > circle.cursor && row.sequence != arrival.sequence;
  });
}

}  // namespace

void note_ahead(VaultState& state, CircleRow circle) {
  if (state.ahead) state.ahead->insert(circle);
}

Result<LogsAhead> LogsAhead::of(VaultState& state, const std::vector<Arrival>& arrivals) {
  LogsAhead logs;
  TB_TRY(const std::set<CircleRow>* ahead, circles_ahead(state));
  if (ahead->empty()) return logs;
  for (const Arrival& arrival : arrivals) {
    if (logs.circles_.contains(arrival.circle)) continue;
    TB_TRY(auto circle, state.store.circles.find(arrival.circle));
    if (!circle || !ahead->contains(circle->row)) continue;
    TB_TRY(StoredLog log, StoredLog::beyond(state, *circle, circle->cursor));
    logs.circles_.emplace(arrival.circle, Ahead{std::move(*circle), std::move(log)});
  }
  return logs;
}

Status LogsAhead::compare(VaultState& state, const Arrival& arrival) {
  const auto found = circles_.find(arrival.circle);
  if (found == circles_.end()) return {};
  auto& [circle, log] = found->second;
  TB_TRY(const std::optional<Arrival> known, log.at(arrival.sequence));
  const bool is_other = known && !std::equal(known->bytes.begin(), known->bytes.end(), arrival.bytes.begin(),
                                             arrival.bytes.end());
  TB_TRY(const bool differs, is_other ? Result<bool>(true) : has_other_receipt(state, circle, arrival));
  if (!differs) return {};
  TB_CHECK(doubt_beyond(state, circle.row, circle.cursor));
  TB_TRY(const bool genuine, is_genuine(state, circle, arrival.bytes));  // or damaged on the way
  if (genuine) TB_CHECK(state.note(Alarm::kRelayWentBack, circle.row, state.self, circle.cursor));
  circles_.erase(found);
  state.log_went_back = true;
  return {};
}

Result<bool> any_ahead(VaultState& state) {
  TB_TRY(const std::set<CircleRow>* ahead, circles_ahead(state));
  return !ahead->empty();
}

Result<bool> offer_beyond_ends(VaultState& state) {
  TB_TRY(std::set<CircleRow> * ahead, circles_ahead(state));
  const std::int64_t before = state.connection.total_changes();
  for (const CircleRow row : std::set<CircleRow>(*ahead)) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    const auto heard = state.heard_to.find(circle.id);
    const std::uint64_t end = heard == state.heard_to.end() ? 0 : heard->second;
    TB_CHECK(doubt_beyond(state, row, end));
    if (end <= circle.cursor) ahead->erase(row);
  }
  return state.connection.total_changes() != before;
}

}  // namespace thuisbasis
