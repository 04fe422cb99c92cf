// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/set_aside.h"

#include <algorithm>

#include "core/vault/arrived_bundle.h"

namespace thuisbasis {
namespace {

/// What is not as its author signed it may have been damaged on the way: the relay is asked again, so often.
constexpr int kAsksForOtherBytes = 3;

Result<bool> is_known_entry(VaultState& state, const StoredCircle& circle, ByteView bytes) {
  const auto place = parse_entry_place(bytes);
  if (!place || place->circle != circle.id) return false;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const Sha256Digest* known = members->log().hash_at(place->index);
  return known != nullptr && *known == place->hash;
}

/// The relay holds another entry at its index, or at the one before another than it builds on.
Result<bool> is_overtaken_entry(VaultState& state, const StoredCircle& circle, ByteView bytes) {
  const auto place = parse_entry_place(bytes);
  if (!place || place->circle != circle.id) return false;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  const auto is_other = [&](std::size_t index, const Sha256Digest& hash) {
    return index < rows.size() && rows[index].sequence.has_value() &&
           *members->log().hash_at(static_cast<std::uint32_t>(index)) != hash;
  };
  return is_other(place->index, place->hash) ||
         (place->index > 0 && is_other(place->index - 1, place->predecessor));
}

/// A bundle or an entry of the circle whose author is not known here yet: nobody can say who signed it.
Result<bool> is_of_stranger(VaultState& state, const StoredCircle& circle, ByteView bytes) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (const auto sealed = parse_bundle(bytes))
    return sealed->header.circle == circle.id &&
           members->log().key_of(sealed->header.author.device) == nullptr;
  const auto place = parse_entry_place(bytes);
  return place && place->circle == circle.id && members->log().key_of(place->author) == nullptr;
}

bool is_of_former_log(const QuarantinedItem& item) { return item.sequence == 0; }

/// It stands here by now, or another has its place; or nobody who is known signed it, and nobody who may yet
/// be known.
Result<bool> is_worthless(VaultState& state, const QuarantinedItem& item) {
  TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
  TB_TRY(const bool stored, is_stored(state, circle, item.bytes));
  if (stored) return true;
  TB_TRY(const bool known, is_known_entry(state, circle, item.bytes));
  if (known) return true;
  TB_TRY(const bool overtaken, is_overtaken_entry(state, circle, item.bytes));
  if (overtaken) return true;
  TB_TRY(const bool strange, is_of_stranger(state, circle, item.bytes));
  if (strange) return item.reason != Code::kMissingDependency;
  TB_TRY(const bool genuine, is_genuine(state, circle, item.bytes));
  return !genuine;
}

}  // namespace

bool is_of_another_circle(const Arrival& arrival) {
  if (const auto sealed = parse_bundle(arrival.bytes)) return sealed->header.circle != arrival.circle;
  const auto place = parse_entry_place(arrival.bytes);
  return place && place->circle != arrival.circle;
}

Result<bool> is_certain(VaultState& state, const StoredCircle& circle, std::uint64_t sequence,
                        ByteView bytes) {
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined_at(circle.row, sequence));
  for (const QuarantinedItem& item : aside)
    if (!std::equal(item.bytes.begin(), item.bytes.end(), bytes.begin(), bytes.end())) return false;
  return aside.empty() ? Result<bool>(true) : is_genuine(state, circle, bytes);
}

Result<bool> has_genuine_other(VaultState& state, const StoredCircle& circle, const Arrival& arrival) {
  TB_TRY(const std::vector<QuarantinedItem> aside,
         state.store.log.quarantined_at(circle.row, arrival.sequence));
  for (const QuarantinedItem& item : aside) {
    if (std::equal(item.bytes.begin(), item.bytes.end(), arrival.bytes.begin(), arrival.bytes.end()))
      continue;
    TB_TRY(const bool genuine, is_genuine(state, circle, item.bytes));
    if (genuine) return true;
  }
  return false;
}

Result<std::vector<QuarantinedItem>> waiting_of(VaultState& state, const StoredCircle& circle,
                                                const Author& author, std::uint64_t number) {
  std::vector<QuarantinedItem> waiting;
  TB_TRY(std::vector<QuarantinedItem> aside, state.store.log.quarantined());
  for (QuarantinedItem& item : aside) {
    if (item.circle != circle.row || item.reason != Code::kMissingDependency) continue;
    const auto sealed = parse_bundle(item.bytes);
    if (!sealed || sealed->header.author != author || sealed->header.first > number) continue;
    TB_TRY(const bool genuine, is_genuine(state, circle, item.bytes));
    if (genuine) waiting.push_back(std::move(item));
  }
  return waiting;
}

Status clear_damaged_at(VaultState& state, const StoredCircle& circle, std::uint64_t sequence) {
  if (sequence == 0) return {};
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined_at(circle.row, sequence));
  for (const QuarantinedItem& item : aside) {
    TB_TRY(const bool genuine, is_genuine(state, circle, item.bytes));
    if (!genuine) TB_CHECK(state.store.log.release(item.row));
  }
  return {};
}

Status set_aside(VaultState& state, const Arrival& arrival, const Error& reason) {
  TB_TRY(auto circle, state.store.circles.find(arrival.circle));
  if (!circle) {
    TB_TRY(const CircleRow row, state.store.circles.add(arrival.circle, {}));
    TB_TRY(circle, state.store.circles.get(row));
  }
  TB_TRY(const bool genuine, is_genuine(state, *circle, arrival.bytes));
  const int asks = genuine ? 0 : kAsksForOtherBytes;
  TB_TRY(const bool asked_for, state.store.log.is_set_aside(circle->row, arrival.sequence));
  const bool is_certain = arrival.sequence != 0 && arrival.sequence <= circle->marked.sequence;
  if (asks > 0 && is_certain && !asked_for) return {};
  if (asks > 0) state.heard_in_part = true;
  return state.store.log.quarantine({0, circle->row, arrival.sequence, reason.code(), reason.context(),
                                     state.world.clock.wall_ms(), to_bytes(arrival.bytes)},
                                    asks);
}

bool is_worth_retrying(const QuarantinedItem& item, bool after_opening) {
  switch (item.reason) {
    case Code::kMissingDependency:
      return true;
    case Code::kSchemaTooNew:
    case Code::kUnknownSuite:
    case Code::kDecryptFailed:
      return after_opening;
    default:
      return false;
  }
}

Status ask_again_after_opening(VaultState& state) {
  if (state.asked_again) return {};
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined());
  std::vector<std::int64_t> rows;
  for (const QuarantinedItem& item : aside) {
    if (is_of_former_log(item) || item.reason == Code::kMissingDependency) continue;
    TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
    TB_TRY(const bool genuine, is_genuine(state, circle, item.bytes));
    if (!genuine) rows.push_back(item.row);
  }
  if (!rows.empty()) {
    TB_TRY(WorkUnit unit, WorkUnit::begin(state));
    for (const std::int64_t row : rows) TB_CHECK(state.store.log.ask_once_more(row));
    TB_CHECK(unit.commit());
  }
  state.asked_again = true;
  return {};
}

Status clear_set_aside(VaultState& state) {
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined());
  for (const QuarantinedItem& item : aside) {
    if (!is_of_former_log(item)) continue;
    TB_TRY(const bool worthless, is_worthless(state, item));
    if (worthless) TB_CHECK(state.store.log.release(item.row));
  }
  return {};
}

}  // namespace thuisbasis
