// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/log_marks.h"

#include <algorithm>

#include "core/vault/log_ahead.h"
#include "core/vault/set_aside.h"
#include "core/vault/stored_log.h"

#include "core/base/planted_bug.h"

namespace thuisbasis {
namespace {

/// What the relay's receipt for this item would say; none when its bytes do not tell.
std::optional<Receipt> receipt_for(const Arrival& arrival) {
  if (arrival.is_entry) {
    const auto place = parse_entry_place(arrival.bytes);
    if (!place || place->circle != arrival.circle) return std::nullopt;
    return MembershipReceipt{arrival.circle, arrival.sequence, place->index, place->hash};
  }
  const auto sealed = parse_bundle(arrival.bytes);
  if (!sealed || sealed->header.circle != arrival.circle) return std::nullopt;
  const BundleHeader& header = sealed->header;
  return BundleReceipt{arrival.circle, arrival.sequence,          header.author, header.first, header.last,
                       header.chain,   bundle_hash(arrival.bytes)};
}

/// True when the item is the next one and its bytes tell what it is.
bool step(MarkedPlace& place, const Arrival& item) {
  if (item.sequence != place.sequence + 1) return false;
  const auto receipt = receipt_for(item);
  if (!receipt) return false;
  place = {item.sequence, next_mark(place.mark, *receipt)};
  return true;
}

/// Where nothing is asked for again: our cursor; but the place below it that is known for certain where what
/// follows is neither known nor passed, because reading again was cut short or an older program kept no
/// marks. So it is for the first time since the vault was opened: what a relay put into other places before
/// shows by the mark there, or by the first that comes again.
Result<std::uint64_t> read_on_from(const VaultState& state, const StoredCircle& circle) {
  const std::uint64_t certain = circle.marked.sequence;
  if (certain >= circle.cursor) return circle.cursor;
  if (state.names_certain) return certain;
  TB_TRY(const bool passed, state.store.log.is_set_aside(circle.row, certain + 1));
  return passed ? circle.cursor : certain;
}

/// Moves a mark on over what is stored, where things that had waited were taken in since.
Status follow_stored(VaultState& state, const StoredCircle& circle) {
  MarkedPlace place = circle.marked;
  if (place.sequence >= circle.cursor) return {};
  TB_TRY(const std::vector<QuarantinedItem> next,
         state.store.log.quarantined_at(circle.row, place.sequence + 1));
  if (!next.empty()) {  // mostly it still is what it was
    TB_TRY(const bool certain, is_certain(state, circle, place.sequence + 1, next.front().bytes));
    if (!certain) return {};
  }
  TB_TRY(StoredLog log, StoredLog::beyond(state, circle, place.sequence));
  while (place.sequence < circle.cursor) {
    TB_TRY(const std::optional<Arrival> item, log.at(place.sequence + 1));
    if (!item) break;
    TB_TRY(const bool certain, is_certain(state, circle, item->sequence, item->bytes));
    if (!certain || !step(place, *item)) break;
  }
  return place.sequence == circle.marked.sequence ? Status()
                                                  : state.store.circles.put_mark(circle.row, place);
}

Status read_again_from(VaultState& state, const StoredCircle& circle, const MarkedPlace& place) {
  TB_CHECK(go_back(state, circle, place));
  state.held.clear();
  state.heard_in_part = true;
  state.heard_all = false;
  state.log_went_back = true;
  state.ask_first();
  return state.note(Alarm::kRelayWentBack, circle.row, state.self, circle.cursor);
}

/// The last place that is wanted of those up to `end` whose marks come out of what is stored, from the first
/// one on; the beginning where none is.
template <typename IsWanted>
Result<MarkedPlace> last_marked(VaultState& state, const StoredCircle& circle, std::uint64_t end,
                                IsWanted is_wanted) {
  MarkedPlace last;
  MarkedPlace place;
  TB_TRY(StoredLog log, StoredLog::beyond(state, circle, 0));
  while (place.sequence < std::min(end, circle.marked.sequence)) {
    TB_TRY(const std::optional<Arrival> item, log.at(place.sequence + 1));
    if (!item || !step(place, *item)) break;
    if (is_wanted(place)) last = place;
  }
  return last;
}

/// The last of the relay's marks that is ours too.
Result<MarkedPlace> last_in_common(VaultState& state, const StoredCircle& circle,
                                   const std::vector<MarkedPlace>& at_relay) {
  if (at_relay.empty()) return MarkedPlace();
  return last_marked(state, circle, circle.marked.sequence, [&](const MarkedPlace& place) {
    return std::find(at_relay.begin(), at_relay.end(), place) != at_relay.end();
  });
}

/// Where we know no mark, the relay's word for its own log proves nothing of what we read; but that it does
/// not reach there does.
Status compare_log(VaultState& state, const CirclePosition& named, const LogPlaceAtRelay& there,
                   bool& differs) {
  if (there.mark && (!named.mark || *there.mark == *named.mark)) return {};
  if (is_planted(PlantedBug::kCursorsSurviveNewEpoch)) return {};
  differs = true;
  TB_TRY(const auto circle, state.store.circles.find(named.circle));
  if (!circle) return Error(Code::kInternal, "a log of no circle");
  TB_TRY(const MarkedPlace common, last_in_common(state, *circle, there.earlier));
  return read_again_from(state, *circle, common);
}

Result<bool> entry_contradicts(VaultState& state, const StoredCircle& circle, const Arrival& arrival) {
  const auto place = parse_entry_place(arrival.bytes);
  if (!place) return false;
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  const auto known = std::find_if(rows.begin(), rows.end(),
                                  [&](const MembershipRow& row) { return row.index == place->index; });
  return known == rows.end() || (known->sequence && *known->sequence != arrival.sequence);
}

Result<bool> bundle_contradicts(VaultState& state, const StoredCircle& circle, const Arrival& arrival) {
  const auto sealed = parse_bundle(arrival.bytes);
  if (!sealed) return false;
  TB_TRY(const auto known,
         state.store.log.bundle_covering(circle.row, sealed->header.author, sealed->header.last));
  const bool in_doubt = known && known->once_held && !known->sequence;
  return !in_doubt && (!known || known->sequence != arrival.sequence);
}

}  // namespace

Result<std::vector<CirclePosition>> log_positions(const VaultState& state) {
  TB_TRY(const std::vector<StoredCircle> circles, state.store.circles.all());
  TB_TRY(const auto to_ask_again, state.store.log.sequences_to_ask_again());
  std::vector<CirclePosition> positions;
  for (const StoredCircle& circle : circles) {
    const auto again = to_ask_again.find(circle.row);
    const bool asks = again != to_ask_again.end() && again->second <= circle.cursor;
    TB_TRY(const std::uint64_t read_on, read_on_from(state, circle));
    const bool is_before = asks && !(state.names_certain && read_on < again->second);
    const std::uint64_t named = is_before ? again->second - 1 : read_on;
    if (named == 0) continue;
    const bool is_known = circle.marked.sequence == named;
    positions.push_back({circle.id, named, is_known ? std::optional(circle.marked.mark) : std::nullopt});
  }
  std::sort(positions.begin(), positions.end(),
            [](const CirclePosition& a, const CirclePosition& b) { return a.circle < b.circle; });
  return positions;
}

Status follow_logs(VaultState& state, const std::vector<Arrival>& arrivals) {
  struct Followed {
    StoredCircle circle;
    bool moved = false;
  };
  std::map<CircleId, Followed> logs;
  for (const Arrival& arrival : arrivals) {
    auto log = logs.find(arrival.circle);
    if (log == logs.end()) {
      TB_TRY(auto circle, state.store.circles.find(arrival.circle));
      if (!circle) continue;  // dropped: it is of another
      log = logs.emplace(arrival.circle, Followed{std::move(*circle)}).first;
    }
    auto& [circle, moved] = log->second;
    if (arrival.sequence != circle.marked.sequence + 1) continue;
    TB_TRY(const bool certain, is_certain(state, circle, arrival.sequence, arrival.bytes));
    if (certain && step(circle.marked, arrival)) moved = true;
  }
  for (const auto& [id, log] : logs) {
    if (log.moved) TB_CHECK(state.store.circles.put_mark(log.circle.row, log.circle.marked));
    TB_CHECK(follow_stored(state, log.circle));
  }
  return {};
}

Status pass_own(VaultState& state, const StoredCircle& circle, std::uint64_t sequence,
                const Receipt& receipt) {
  state.heard(circle.id, sequence);
  // Of a circle that it was removed from a device reads no further; the relay's log ends there for it.
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (members->was_removed() || state.shut_out.contains(circle.id)) return {};
  if (sequence != circle.cursor + 1) {
    if (sequence > circle.cursor) note_ahead(state, circle.row);
    return {};
  }
  TB_CHECK(state.store.circles.advance_cursor(circle.row, sequence));
  if (circle.marked.sequence != circle.cursor) return {};
  return state.store.circles.put_mark(circle.row, {sequence, next_mark(circle.marked.mark, receipt)});
}

MarkedPlace mark_over(const std::map<std::uint64_t, Arrival>& items) {
  MarkedPlace place;
  for (const auto& [sequence, item] : items)
    if (!step(place, item)) break;
  return place;
}

Result<bool> compare_logs(VaultState& state, const std::vector<LogPlaceAtRelay>& places) {
  TB_TRY(const std::vector<CirclePosition> positions, log_positions(state));
  bool differs = false;
  for (const LogPlaceAtRelay& there : places) {
    const auto named = std::find_if(positions.begin(), positions.end(), [&](const CirclePosition& position) {
      return position.circle == there.circle;
    });
    if (named != positions.end()) TB_CHECK(compare_log(state, *named, there, differs));
  }
  return differs;
}

Result<bool> would_contradict(VaultState& state, const Arrival& arrival) {
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (!circle) return false;
  TB_TRY(const bool was_aside, state.store.log.is_set_aside(circle->row, arrival.sequence));
  if (was_aside) return has_genuine_other(state, *circle, arrival);
  return arrival.is_entry ? entry_contradicts(state, *circle, arrival)
                          : bundle_contradicts(state, *circle, arrival);
}

Status go_back(VaultState& state, const StoredCircle& circle, const MarkedPlace& place) {
  if (!is_planted(PlantedBug::kNothingOfferedAgain)) {
    TB_CHECK(state.store.log.doubt(circle.row, place.sequence));
    TB_CHECK(state.store.circles.doubt_membership(circle.row, place.sequence));
  }
  return state.store.circles.go_back(circle.row, place);
}

Status read_again_before(VaultState& state, const StoredCircle& circle, std::uint64_t sequence) {
  TB_TRY(const MarkedPlace before,
         last_marked(state, circle, sequence - 1, [](const MarkedPlace&) { return true; }));
  return read_again_from(state, circle, before);
}

Status start_log_again(VaultState& state, const CircleId& id) {
  TB_TRY(const auto circle, state.store.circles.find(id));
  if (!circle) return Error(Code::kInternal, "a log of no circle");
  return read_again_from(state, *circle, {});
}

}  // namespace thuisbasis
