// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/circle_cursor.h"

#include "core/base/assert.h"
#include "core/verify/hash.h"

namespace thuisbasis {

Sha256Digest cursor_vector_hash(std::span<const CircleCursor> sorted) {
  Sha256 hash("thuisbasis/1/cursors");
  const CircleCursor* before = nullptr;
  for (const CircleCursor& cursor : sorted) {
    TB_ASSERT(before == nullptr || before->circle < cursor.circle);
    before = &cursor;
    if (cursor.sequence == 0) continue;
    hash.add(cursor.circle.view());
    hash.add_u64(cursor.sequence);
  }
  return hash.finish();
}

}  // namespace thuisbasis
