// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/places.h"

#include <algorithm>

namespace thuisbasis {
namespace {

/// The common case, a device that has read everything, needs no reading of the log.
Result<std::optional<LogMark>> mark_of(RelayStorage& storage, std::span<const CircleHead> heads,
                                       const CircleCursor& cursor) {
  const auto head =
      std::lower_bound(heads.begin(), heads.end(), cursor.circle,
                       [](const CircleHead& one, const CircleId& circle) { return one.circle < circle; });
  if (head == heads.end() || head->circle != cursor.circle || head->sequence < cursor.sequence)
    return std::optional<LogMark>();
  if (head->sequence == cursor.sequence) return std::optional<LogMark>(head->mark);
  return storage.mark_at(cursor.circle, cursor.sequence);
}

}  // namespace

Result<std::optional<PlacesFrame>> differing_places(RelayStorage& storage, std::span<const CircleHead> heads,
                                                    const CursorVector& stand, const MarksHash& remembered) {
  PlacesFrame frame{remembered, {}};
  MarksHasher hasher;
  bool out_of_reach = false;  // a device that knows no mark there hashes none either
  for (const CircleCursor& cursor : stand.items()) {
    if (cursor.sequence == 0) continue;
    TB_TRY(const auto mark, mark_of(storage, heads, cursor));
    if (mark) hasher.add(cursor.circle, *mark);
    out_of_reach = out_of_reach || !mark;
    frame.places.push_back({cursor.circle, mark});
  }
  if (hasher.finish() == remembered && !out_of_reach) return std::optional<PlacesFrame>();
  return std::optional<PlacesFrame>(std::move(frame));
}

}  // namespace thuisbasis
