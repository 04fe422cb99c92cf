// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/log_ahead.h"

#include <algorithm>
#include <utility>

#include "core/vault/log_marks.h"

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

Result<bool> is_known_beyond(const VaultState& state, CircleRow circle, std::uint64_t sequence) {
  TB_TRY(const auto bundles, state.store.log.places_beyond(circle, sequence));
  if (!bundles.empty()) return true;
  TB_TRY(const std::vector<MembershipRow> entries, state.store.circles.membership(circle));
  return std::any_of(entries.begin(), entries.end(),
                     [&](const MembershipRow& entry) { return entry.sequence > sequence; });
}

/// Circles whose logs end before a place that a receipt names. To a device that the relay shut out they end
/// wherever it asks, and reading again brings nothing.
Status compare_ahead(VaultState& state) {
  TB_TRY(std::set<CircleRow> * ahead, circles_ahead(state));
  for (const CircleRow row : std::set<CircleRow>(*ahead)) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    TB_TRY(const MemberCircle* members, state.member_circle(circle));
    // What it brought after it was taken out stands beyond where the log ends for it.
    if (members->was_removed()) {
      ahead->erase(row);
      continue;
    }
    const auto heard = state.heard_to.find(circle.id);
    const std::uint64_t end = heard == state.heard_to.end() ? 0 : heard->second;
    TB_TRY(const bool beyond, is_known_beyond(state, row, end));
    if (beyond && !state.shut_out.contains(circle.id)) TB_CHECK(start_log_again(state, circle.id));
    if (end <= circle.cursor) ahead->erase(row);
  }
  return {};
}

/// Whether this device is a member by what it knows: the relay tells nobody else of the circle.
Result<bool> is_member(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  return members->log().member(state.self.device) != nullptr;
}

/// Circles whose logs ended before our cursor, of which less was named than was read.
Result<std::vector<StoredCircle>> short_logs(const VaultState& state) {
  TB_TRY(std::vector<StoredCircle> circles, state.store.circles.all());
  std::erase_if(circles, [&](const StoredCircle& circle) {
    const auto heard = state.heard_to.find(circle.id);
    return heard != state.heard_to.end() ? heard->second >= circle.cursor : circle.cursor == 0;
  });
  return circles;
}

Status read_short_logs_again(VaultState& state, const std::vector<StoredCircle>& circles) {
  for (const StoredCircle& one : circles) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(one.row));  // it may have gone back meanwhile
    TB_TRY(const bool is_told, is_member(state, circle));
    const auto heard = state.heard_to.find(circle.id);
    const std::uint64_t end = heard == state.heard_to.end() ? 0 : heard->second;
    if (is_told && end < circle.cursor) TB_CHECK(read_again_before(state, circle, end + 1));
  }
  return {};
}

/// Whether the author's range that ends there came and could not be taken in yet.
Result<bool> is_set_aside(const VaultState& state, const HeldBack::Line& line, std::uint64_t last) {
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined());
  return std::any_of(aside.begin(), aside.end(), [&](const QuarantinedItem& item) {
    const auto sealed = parse_bundle(item.bytes);
    return item.circle == line.first && sealed && sealed->header.author == line.second &&
           sealed->header.last == last;
  });
}

/// Circles of which the relay has something in another sealing than we offered (P-118), at a place that was
/// read when something else stood there. What follows it has no answer either. Once for each circle while the
/// vault is open.
Result<std::set<CircleRow>> compare_silent(VaultState& state) {
  std::set<CircleRow> started;
  for (const auto& [line, first] : state.held.first_unanswered()) {
    if (state.started_for_silence.contains(line.first)) continue;
    TB_TRY(const auto bundle, state.store.log.bundle_covering(line.first, line.second, first));
    if (!bundle || bundle->sequence) continue;
    TB_TRY(const bool came, is_set_aside(state, line, bundle->last));
    if (came || !started.insert(line.first).second) continue;
    TB_TRY(const StoredCircle circle, state.store.circles.get(line.first));
    TB_CHECK(start_log_again(state, circle.id));
  }
  return started;
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
    if (logs.logs_.contains(arrival.circle)) continue;
    TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
    if (!circle || !ahead->contains(circle->row)) continue;
    TB_TRY(StoredLog log, StoredLog::beyond(state, *circle, circle->cursor));
    logs.logs_.emplace(arrival.circle, std::move(log));
  }
  return logs;
}

Result<bool> LogsAhead::contradicts(const Arrival& arrival) {
  const auto log = logs_.find(arrival.circle);
  if (log == logs_.end()) return false;
  TB_TRY(const std::optional<Arrival> known, log->second.taken_at(arrival.sequence));
  return known &&
         !std::equal(known->bytes.begin(), known->bytes.end(), arrival.bytes.begin(), arrival.bytes.end());
}

Result<bool> may_be_taken(VaultState& state, const StoredCircle& circle, std::uint64_t sequence) {
  if (sequence <= circle.cursor) return true;
  TB_TRY(const std::set<CircleRow>* ahead, circles_ahead(state));
  return ahead->contains(circle.row);
}

Status compare_places(VaultState& state, const std::set<CircleRow>& circles) {
  for (const CircleRow row : circles) {
    TB_TRY(const auto twice, state.store.log.first_place_twice(row));
    if (!twice) continue;
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    TB_CHECK(read_again_before(state, circle, *twice));
  }
  return {};
}

Result<bool> compare_log_ends(VaultState& state) {
  TB_TRY(const std::set<CircleRow>* ahead, circles_ahead(state));
  if (state.batch) return state.log_went_back;  // sync has no part in it
  TB_TRY(const std::vector<StoredCircle> too_short, short_logs(state));
  if (ahead->empty() && too_short.empty() && state.held.first_unanswered().empty())
    return state.log_went_back;
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_CHECK(compare_ahead(state));
  TB_CHECK(read_short_logs_again(state, too_short));
  TB_TRY(std::set<CircleRow> silent, compare_silent(state));
  TB_CHECK(unit.commit());
  state.started_for_silence.merge(silent);
  return state.log_went_back;
}

}  // namespace thuisbasis
