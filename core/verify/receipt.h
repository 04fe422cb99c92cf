// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/verify/merkle.h"
#include "core/verify/signature.h"

namespace thuisbasis {

/// What a receipt names a bundle by, apart from whose changes it holds: the hash of exactly these bytes. A
/// range may be sealed more than once (PROTOCOL.md P-34), and its chain value is the same each time.
Sha256Digest bundle_hash(ByteView bundle);

/// The relay has this bundle, durably, at this place (PROTOCOL.md P-90).
struct BundleReceipt {
  CircleId circle;
  std::uint64_t sequence = 0;
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue chain;
  Sha256Digest bundle;  ///< bundle_hash()
  friend bool operator==(const BundleReceipt&, const BundleReceipt&) = default;
};
/// The same for a membership entry.
struct MembershipReceipt {
  CircleId circle;
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;
  Sha256Digest entry_hash;
  friend bool operator==(const MembershipReceipt&, const MembershipReceipt&) = default;
};
using Receipt = std::variant<BundleReceipt, MembershipReceipt>;

inline constexpr std::size_t kReceiptsMax = 65536;  ///< of one request

/// Where one request's receipts stand in a commit group, and the relay's one signature for that group.
struct ReceiptProof {
  RelayEpoch relay_epoch;
  WallMs time = 0;  ///< of the commit, by the relay's clock
  std::uint64_t leaf_index = 0;
  std::uint64_t leaf_count = 0;
  std::vector<Sha256Digest> path;
  Signature signature;
};

/// The bytes that stand for one receipt as a Merkle leaf.
Bytes receipt_leaf(const Receipt& receipt);
/// The root over the receipts of one request, in the order in which they are sent; merkle_leaf() of it is the
/// request's leaf in the commit group. Of none: the hash of nothing.
Sha256Digest receipts_root(std::span<const Receipt> receipts);
/// What the relay signs for a commit group (label "thuisbasis/1/receipt"): group root | relay epoch | time.
Bytes receipt_message(const Sha256Digest& group_root, const RelayEpoch& relay_epoch, WallMs time);

/// Checks that exactly these receipts stand under the relay's signature. kMalformed for a path that cannot
/// be, kBadSignature otherwise.
Status verify_receipts(std::span<const Receipt> receipts, const ReceiptProof& proof,
                       const VerifyKey& receipt_key);

}  // namespace thuisbasis
