// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/log_marks.h"

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
  return BundleReceipt{arrival.circle, arrival.sequence, header.author,
                       header.first,   header.last,      header.chain};
}

void step(LogEnd& end, const Arrival& arrival) {
  const auto receipt = receipt_for(arrival);
  end.sequence = arrival.sequence;
  if (end.mark && receipt)
    end.mark = next_mark(*end.mark, *receipt);
  else
    end.mark.reset();
}

/// The first sequence of each circle that is asked for again: below it we tell the relay that we are.
using AskedAgain = std::map<CircleRow, std::uint64_t>;
bool is_read_to_cursor(const AskedAgain& asked_again, const StoredCircle& circle) {
  const auto again = asked_again.find(circle.row);
  return again == asked_again.end() || again->second > circle.cursor;
}

/// The relay lost what we read there, or put other items into its place.
Status start_log_again(VaultState& state, const StoredCircle& circle) {
  TB_CHECK(state.store.log.doubt(circle.row));
  TB_CHECK(state.store.circles.doubt_membership(circle.row));
  TB_CHECK(state.store.circles.restart_cursor(circle.row));
  return state.note(Alarm::kRelayWentBack, circle.row, state.self, circle.cursor);
}

Result<bool> compare_log(VaultState& state, const LogPlaceAtRelay& place, const AskedAgain& asked_again) {
  TB_TRY(const auto circle, state.store.circles.find(place.circle));
  if (!circle || circle->cursor == 0) return false;
  // Its log ends before any place that we named: whatever we know of marks, something is lost there.
  if (place.mark && !is_read_to_cursor(asked_again, *circle)) return false;
  if (place.mark && !circle->mark) {
    TB_CHECK(state.store.circles.put_mark(circle->row, circle->cursor, *place.mark));
    return false;
  }
  if (place.mark && place.mark == circle->mark) return false;
  TB_CHECK(start_log_again(state, *circle));
  return true;
}

}  // namespace

Result<LogEnds> log_ends_after(const VaultState& state, const std::vector<Arrival>& arrivals) {
  LogEnds ends;
  for (const Arrival& arrival : arrivals) {
    const auto [place, first] = ends.try_emplace(arrival.circle, LogEnd{0, LogMark()});
    if (first) {
      TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
      if (circle) place->second = {circle->cursor, circle->mark};
    }
    if (arrival.sequence == place->second.sequence + 1) step(place->second, arrival);
  }
  return ends;
}

Status keep_marks(VaultState& state, const LogEnds& ends) {
  TB_TRY(const AskedAgain asked_again, state.store.log.sequences_to_ask_again());
  for (const auto& [id, end] : ends) {
    if (!end.mark) continue;
    TB_TRY(const auto circle, state.store.circles.find(id));
    if (circle && is_read_to_cursor(asked_again, *circle))
      TB_CHECK(state.store.circles.put_mark(circle->row, end.sequence, *end.mark));
  }
  return {};
}

Status pass_own(VaultState& state, const StoredCircle& circle, std::uint64_t sequence,
                const Receipt& receipt) {
  if (sequence != circle.cursor + 1) return {};
  TB_CHECK(state.store.circles.advance_cursor(circle.row, sequence));
  if (!circle.mark) return {};
  return state.store.circles.put_mark(circle.row, sequence, next_mark(*circle.mark, receipt));
}

Result<bool> compare_logs(VaultState& state, const std::vector<LogPlaceAtRelay>& places) {
  TB_TRY(const AskedAgain asked_again, state.store.log.sequences_to_ask_again());
  bool differs = false;
  for (const LogPlaceAtRelay& place : places) {
    TB_TRY(const bool this_one, compare_log(state, place, asked_again));
    differs = differs || this_one;
  }
  return differs;
}

}  // namespace thuisbasis
