// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/cursor_vector.h"

#include <algorithm>

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

bool before(const CircleCursor& item, const CircleId& circle) { return item.circle < circle; }

}  // namespace

std::uint64_t CursorVector::at(const CircleId& circle) const {
  const auto found = std::lower_bound(items_.begin(), items_.end(), circle, before);
  return found != items_.end() && found->circle == circle ? found->sequence : 0;
}

void CursorVector::set(const CircleId& circle, std::uint64_t sequence) {
  const auto found = std::lower_bound(items_.begin(), items_.end(), circle, before);
  if (found != items_.end() && found->circle == circle)
    found->sequence = sequence;
  else
    items_.insert(found, CircleCursor{circle, sequence});
}

Bytes CursorVector::encode() const {
  ByteWriter writer;
  for (const CircleCursor& item : items_) {
    writer.raw(item.circle.view());
    writer.u64(item.sequence);
  }
  return writer.take();
}

Result<CursorVector> CursorVector::decode(ByteView bytes) {
  ByteReader reader(bytes);
  CursorVector vector;
  while (reader.remaining() > 0) {
    auto circle = reader.id<CircleId>();
    auto sequence = reader.u64();
    if (!circle || !sequence) return Error(Code::kDamaged, "cursor vector ends within an item");
    if (!vector.items_.empty() && !(vector.items_.back().circle < *circle))
      return Error(Code::kDamaged, "cursor vector is not sorted");
    vector.items_.push_back({*circle, *sequence});
  }
  return vector;
}

}  // namespace thuisbasis
