// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/verify/protocol.h"
#include "core/verify/signature.h"

namespace thuisbasis {

using BundleNonce = FixedBytes<struct BundleNonceTag, 24>;

inline constexpr std::size_t kBundleHeaderSize = 256;
/// The last moment that a bundle can say it was signed at; the first is 0. As many milliseconds as a
/// HybridTime holds.
inline constexpr WallMs kSignedTimeMax = (WallMs{1} << 48) - 1;

/// Padded plaintext never goes below 256 bytes, so a ciphertext never goes below 272.
inline constexpr std::size_t kBundleCiphertextMin = 256 + 16;
inline constexpr std::size_t kBundleCiphertextMax = kBundleBytesMax - kBundleHeaderSize - Signature::kSize;

/// The clear part of a sealed bundle (PROTOCOL.md P-20): 256 bytes, big-endian, wholly the associated data of
/// the ciphertext and wholly signed. All that the relay can read.
struct BundleHeader {
  std::uint16_t suite = kSuite1;
  std::uint16_t flags = 0;  ///< reserved, zero
  CircleId circle;
  std::uint32_t epoch = 0;  ///< from 1
  Author author;
  std::uint64_t first = 0;  ///< number of the first change, from 1
  std::uint64_t last = 0;
  ChainValue previous;                 ///< at first - 1
  ChainValue chain;                    ///< at last
  std::uint32_t membership_index = 0;  ///< of the newest membership entry that the author knew when sealing
  Sha256Digest membership_hash;        ///< of that entry: another log may have another one there
  Sha256Digest frontier;               ///< frontier_hash() of what the author had applied when sealing
  WallMs signed_time = 0;
  std::uint32_t context = 0;  ///< compression context; 0 is none
  BundleNonce nonce;
  std::uint32_t ciphertext_size = 0;  ///< with its tag

  friend bool operator==(const BundleHeader&, const BundleHeader&) = default;
};

/// The 256 bytes of a header; the caller fills the fields within their limits.
std::array<Byte, kBundleHeaderSize> encode_bundle_header(const BundleHeader& header);

/// A bundle cut in its three parts. Views into the bytes that were parsed, which must outlive it. Parsed says
/// nothing about who made it: see verify_bundle.
struct SealedBundle {
  BundleHeader header;
  ByteView header_bytes;
  ByteView ciphertext;
  ByteView signature;
};

/// Cuts and checks limits: exact length, suite before anything after it (kUnknownSuite), flags zero, numbers
/// from 1, first <= last, at most kBundleChangesMax changes (kTooLarge), a last number below 2^64 - 1, an
/// epoch from 1, signed time within 48 bits. kMalformed or kTooLarge otherwise.
Result<SealedBundle> parse_bundle(ByteView bytes);

/// Checks the author's signature over header | SHA-256(ciphertext). kBadSignature.
Status verify_bundle(const SealedBundle& bundle, const VerifyKey& author_key);

/// What the signature of a bundle covers.
Bytes bundle_signature_message(ByteView header_bytes, ByteView ciphertext);

}  // namespace thuisbasis
