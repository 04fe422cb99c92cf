// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/places.h"

#include <algorithm>

namespace thuisbasis {
namespace {

const CircleHead* head_of(std::span<const CircleHead> heads, const CircleId& circle) {
  const auto head =
      std::lower_bound(heads.begin(), heads.end(), circle,
                       [](const CircleHead& one, const CircleId& id) { return one.circle < id; });
  return head == heads.end() || head->circle != circle ? nullptr : &*head;
}

/// The common case, a device that has read everything, needs no reading of the log.
Result<std::optional<LogMark>> mark_of(RelayStorage& storage, const CircleHead* head,
                                       const CircleCursor& cursor) {
  if (head == nullptr || head->sequence < cursor.sequence) return std::optional<LogMark>();
  if (head->sequence == cursor.sequence) return std::optional<LogMark>(head->mark);
  return storage.mark_at(cursor.circle, cursor.sequence);
}

/// Leaves room in a frame for the places themselves. A device reads circles without earlier marks anew.
constexpr std::size_t kEarlierMarksMax = kFrameBytesMax / (4 * LogMark::kSize);

/// For a device that stands in other logs than these: marks from which it sees how far both are the same.
Status add_earlier(RelayStorage& storage, std::span<const CircleHead> heads, const CursorVector& stand,
                   PlacesFrame& frame) {
  std::size_t marks = 0;
  for (LogPlace& place : frame.places) {
    const CircleHead* head = head_of(heads, place.circle);
    if (head == nullptr || marks >= kEarlierMarksMax) continue;
    for (const std::uint64_t at : places_back_from(std::min(head->sequence, stand.at(place.circle) - 1))) {
      TB_TRY(const auto mark, storage.mark_at(place.circle, at));
      if (!mark) return Error(Code::kDamaged, "a log has a gap");
      place.earlier.push_back({at, *mark});
    }
    marks += place.earlier.size();
  }
  return {};
}

}  // namespace

Result<std::optional<PlacesFrame>> differing_places(RelayStorage& storage, std::span<const CircleHead> heads,
                                                    const CursorVector& stand, const MarksHash& remembered,
                                                    bool with_earlier) {
  PlacesFrame frame{remembered, {}};
  MarksHasher hasher;
  bool out_of_reach = false;  // a device that knows no mark there hashes none either
  for (const CircleCursor& cursor : stand.items()) {
    if (cursor.sequence == 0) continue;
    TB_TRY(const auto mark, mark_of(storage, head_of(heads, cursor.circle), cursor));
    if (mark) hasher.add(cursor.circle, *mark);
    out_of_reach = out_of_reach || !mark;
    frame.places.push_back({cursor.circle, mark, {}});
  }
  if (hasher.finish() == remembered && !out_of_reach) return std::optional<PlacesFrame>();
  if (with_earlier) TB_CHECK(add_earlier(storage, heads, stand, frame));
  return std::optional<PlacesFrame>(std::move(frame));
}

}  // namespace thuisbasis
