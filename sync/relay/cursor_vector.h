// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "sync/wire/circle_cursor.h"

namespace thuisbasis {

/// How far one device says it has durably applied each circle's log: the vector it acknowledged last. Sorted
/// by circle; a circle that is not in it stands at 0. Belongs to one relay epoch.
class CursorVector final {
 public:
  std::uint64_t at(const CircleId& circle) const;
  void set(const CircleId& circle, std::uint64_t sequence);
  const std::vector<CircleCursor>& items() const { return items_; }
  Sha256Digest hash() const { return cursor_vector_hash(items_); }

  /// 24 bytes an item: circle, sequence big-endian.
  Bytes encode() const;
  /// kDamaged for anything that encode() does not write.
  static Result<CursorVector> decode(ByteView bytes);

  friend bool operator==(const CursorVector&, const CursorVector&) = default;

 private:
  std::vector<CircleCursor> items_;
};

}  // namespace thuisbasis
