// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>
#include <vector>

#include "core/base/fixed_bytes.h"
#include "core/base/random.h"
#include "core/crypto/secret.h"

namespace thuisbasis {

inline constexpr std::size_t kSharedKeySize = 32;
inline constexpr std::uint8_t kSharesMax = 15;

/// How many shares there are, and how many of them give the key.
struct KeySharing {
  std::uint8_t needed = 3;
  std::uint8_t total = 5;
  friend bool operator==(const KeySharing&, const KeySharing&) = default;
};

/// One splitting of a key, at random: shares of two splittings do not fit together.
using SharingId = FixedBytes<struct SharingIdTag, 6>;
/// Tells a key from others without telling of it: the first bytes of a hash of the 32 random bytes.
using KeyDigest = FixedBytes<struct KeyDigestTag, 8>;
KeyDigest key_digest(const Secret& key);

/// One part of a key that was split (PROTOCOL.md P-140; A. Shamir, How to share a secret, 1979): a point on a
/// polynomial for every byte. Fewer shares than are needed tell nothing of the key.
struct KeyShare {
  KeySharing sharing;
  std::uint8_t number = 0;  ///< from 1
  SharingId id;
  KeyDigest digest;  ///< of the whole key
  Secret part;
};

/// kInvalidArgument for a key of another size, or numbers that make no sense: at least 2 are needed, and
/// there are at most kSharesMax. Any thread.
Result<std::vector<KeyShare>> split_key(const Secret& key, KeySharing sharing, Random& random);

/// The key, of as many shares as are needed or more. kInvalidArgument for too few, for one given twice and
/// for shares of different splittings; kDamaged when what comes out is not the key that was split. Any
/// thread.
Result<Secret> join_key(std::span<const KeyShare> shares);

}  // namespace thuisbasis
