// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/chain.h"

#include <algorithm>

#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

template <typename To>
To as(const Sha256Digest& digest) {
  To value;
  std::copy(digest.view().begin(), digest.view().end(), value.mutable_view().begin());
  return value;
}

}  // namespace

ChangeCommitment commit_change(const ChangeSalt& salt, std::uint64_t number, ByteView change) {
  return as<ChangeCommitment>(Sha256(label::kChange).add(salt.view()).add_u64(number).add(change).finish());
}

ChainValue chain_start(const CircleId& circle, const Author& author) {
  return as<ChainValue>(Sha256(label::kChainStart)
                            .add(circle.view())
                            .add(author.device.view())
                            .add(author.instance.view())
                            .finish());
}

ChainValue chain_step(const ChainValue& before, const ChangeCommitment& commitment) {
  return as<ChainValue>(Sha256(label::kChain).add(before.view()).add(commitment.view()).finish());
}

Sha256Digest frontier_hash(const CircleId& circle, const ChainFrontier& frontier) {
  Sha256 hash(label::kFrontier);
  hash.add(circle.view());
  for (const auto& [author, point] : frontier) {
    hash.add(author.device.view()).add(author.instance.view()).add_u64(point.number).add(point.chain.view());
  }
  return hash.finish();
}

Continuation continuation(const BundleHeader& header, const ChainPoint& head) {
  if (header.last < head.number) return Continuation::kOld;
  if (header.last == head.number)
    return header.chain == head.chain ? Continuation::kDuplicate : Continuation::kFork;
  if (header.first <= head.number) return Continuation::kOverlap;
  if (header.first > head.number + 1) return Continuation::kGap;
  return header.previous == head.chain ? Continuation::kNext : Continuation::kFork;
}

}  // namespace thuisbasis
