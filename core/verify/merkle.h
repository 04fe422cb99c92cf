// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/ids.h"

namespace thuisbasis {

/// Merkle tree hashes of RFC 6962, section 2.1: SHA-256(0 | leaf), SHA-256(1 | left | right), the left side
/// holding the largest power of two below the size. Pure; any thread.

Sha256Digest merkle_leaf(ByteView leaf);
/// The root over leaf hashes; SHA-256 of nothing when there are none.
Sha256Digest merkle_root(std::span<const Sha256Digest> leaf_hashes);
/// The sibling hashes from leaf `index` up to the root. `index` must be below the number of leaves.
std::vector<Sha256Digest> merkle_path(std::span<const Sha256Digest> leaf_hashes, std::size_t index);
/// All paths at once, for a relay that answers every request of a group.
std::vector<std::vector<Sha256Digest>> merkle_paths(std::span<const Sha256Digest> leaf_hashes);
/// The root that a path leads to (RFC 9162, section 2.1.3.2). kMalformed for an index beyond the count or a
/// path of another length than such a tree has.
Result<Sha256Digest> merkle_root_from_path(const Sha256Digest& leaf_hash, std::uint64_t index,
                                           std::uint64_t count, std::span<const Sha256Digest> path);

}  // namespace thuisbasis
