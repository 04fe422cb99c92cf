// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>

#include "core/base/ids.h"

namespace thuisbasis {

/// How far a device has read a circle: the relay's sequence, valid within one relay epoch. 0 is the same as
/// absent.
struct CircleCursor {
  CircleId circle;
  std::uint64_t sequence = 0;
  friend auto operator<=>(const CircleCursor&, const CircleCursor&) = default;
};

/// SHA-256 over "thuisbasis/1/cursors" 0 and, in this order, circle (16) | sequence (8, big-endian): one hash
/// stands for all positions of a device. The cursors must be sorted by circle, each circle once; those at 0
/// are skipped.
Sha256Digest cursor_vector_hash(std::span<const CircleCursor> sorted);

}  // namespace thuisbasis
