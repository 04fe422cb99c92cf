// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/circle/epoch_key.h"
#include "core/crypto/signing.h"
#include "core/merge/frontier.h"
#include "core/verify/chain.h"

namespace thuisbasis {

/// The salt of one change's commitment: the first 16 bytes of HMAC-SHA256(seed, "thuisbasis/1/salt" 0 |
/// number).
ChangeSalt derive_salt(const SaltSeed& seed, std::uint64_t number);

/// A change whose number and bytes are final. Kept with its seed: however often it is sealed again, its
/// commitment stays the same.
struct FrozenChange {
  ByteView bytes;  ///< a serialized Change; empty when withheld
  SaltSeed seed;   ///< drawn when the change froze; best one for all changes that freeze together
  std::optional<ChangeCommitment> withheld;  ///< only this travels: the change was returned
};

/// One author's consecutive changes in one circle. All of it is the same for every sealing of a range, so the
/// caller keeps signed_time, seen and others with the range when it first freezes.
struct SealRequest {
  Author author;
  std::uint64_t first = 1;  ///< number of changes[0]
  ChainValue previous;      ///< chain value at first - 1
  std::span<const FrozenChange> changes;
  std::uint32_t membership_index = 0;  ///< of the newest entry this device has applied
  Sha256Digest membership_hash;        ///< of that entry
  ChainFrontier others;                ///< all that was applied of other authors, with chain values
  Frontier seen;                       ///< of those, what is new since this author's bundle before
  std::optional<StateDigest> digest;   ///< of the circle, when the last change is the author's newest
  WallMs signed_time = 0;
  /// Of a range that is sealed again: the frontier hash of its first sealing, in place of the one over
  /// `others`.
  std::optional<Sha256Digest> frontier;
};

/// A sealed bundle and where it leaves the author's chain.
struct SealedRange {
  Bytes bundle;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue chain;
};

/// A change of at most this size fits in a bundle whatever its content, with room for 250 authors newly seen.
inline constexpr std::size_t kChangeBytesAlwaysFit = std::size_t{240} << 10;

class TextCompressor;

/// Seals changes into bundles (PROTOCOL.md P-40). Keeps its compressor for the next one. One thread at a
/// time; `random` must outlive it. The same request, keys and random bytes give the same bundle.
class BundleSealer final {
 public:
  explicit BundleSealer(Random& random);
  ~BundleSealer();
  BundleSealer(BundleSealer&&) noexcept;

  /// Seals as long a prefix of the changes as fits in kBundleBytesMax (or nearly: it stops trying at 15/16).
  /// kTooLarge when not even the first fits, kInvalidArgument for an empty or impossible range.
  Result<SealedRange> seal(const SealRequest& request, const EpochKey& key, const SigningKey& signing);
  /// Seals all of them, in as many bundles as it takes: `seen` goes into the first, `digest` into the last.
  Result<std::vector<SealedRange>> seal_all(const SealRequest& request, const EpochKey& key,
                                            const SigningKey& signing);

  /// Whether a change can be sealed at all: `save` asks before it keeps one. Cheap up to
  /// kChangeBytesAlwaysFit.
  bool fits(ByteView change);

 private:
  Random& random_;
  std::unique_ptr<TextCompressor> compressor_;
};

}  // namespace thuisbasis
