// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>

#include "core/base/ids.h"
#include "core/verify/bundle_header.h"

namespace thuisbasis {

using ChangeSalt = FixedBytes<struct ChangeSaltTag, 16>;
using ChangeCommitment = FixedBytes<struct ChangeCommitmentTag, 32>;

/// How far one author's chain goes: the value after the change with this number (PROTOCOL.md P-30).
struct ChainPoint {
  std::uint64_t number = 0;
  ChainValue chain;
  friend auto operator<=>(const ChainPoint&, const ChainPoint&) = default;
};
/// A frontier with the chain values that stand at it; ordered, as it is hashed.
using ChainFrontier = std::map<Author, ChainPoint>;

/// Hides and binds the content of one change: SHA-256("thuisbasis/1/change" 0 | salt | number | change
/// bytes).
ChangeCommitment commit_change(const ChangeSalt& salt, std::uint64_t number, ByteView change);

/// The chain of an author in a circle before its first change.
ChainValue chain_start(const CircleId& circle, const Author& author);
ChainValue chain_step(const ChainValue& before, const ChangeCommitment& commitment);

/// What a header signs about the rest of the circle: SHA-256("thuisbasis/1/frontier" 0 | circle | for each
/// author in order: device, instance, number, chain value). The author of the bundle stands in it at the
/// bundle's last number.
Sha256Digest frontier_hash(const CircleId& circle, const ChainFrontier& frontier);

/// How a bundle's range stands to what is already known of its author.
enum class Continuation : std::uint8_t {
  kNext,       ///< starts right after, and its previous chain value is ours
  kDuplicate,  ///< ends exactly where we are, with our chain value: nothing new
  kOld,        ///< ends before where we are: compare with the chain value kept at its last number
  kOverlap,    ///< starts before and ends after where we are: compare inside
  kGap,        ///< starts later: something is missing
  kFork,       ///< same number, another chain value: evidence against the author
};
/// `head` is the author's newest point ({0, chain_start} before its first change).
Continuation continuation(const BundleHeader& header, const ChainPoint& head);

}  // namespace thuisbasis
