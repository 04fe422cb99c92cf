// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/ids.h"
#include "core/crypto/key_view.h"

namespace thuisbasis {

/// HKDF-SHA256 (RFC 5869), extract and expand. `size` is at most 255 * 32 bytes.
Secret hkdf(const Secret& key, ByteView salt, ByteView info, std::size_t size);
/// The expand step alone, for a key that is already uniform.
Secret hkdf_expand(KeyView key, ByteView info, std::size_t size);
/// The same into `out`, which may lie on the stack.
void hkdf_expand(KeyView key, ByteView info, MutableByteView out);
/// HMAC-SHA256 (RFC 2104).
Sha256Digest hmac_sha256(KeyView key, ByteView message);

/// How hard Argon2id (RFC 9106) works. Stored beside what it protects, never taken from a server.
struct Argon2Cost {
  std::uint32_t passes;
  std::uint64_t memory_bytes;
  friend bool operator==(const Argon2Cost&, const Argon2Cost&) = default;
};
inline constexpr Argon2Cost kArgon2Default{3, std::uint64_t{64} << 20};
/// Anything cheaper is refused, also when a file asks for it.
inline constexpr Argon2Cost kArgon2Floor{2, std::uint64_t{19} << 20};
/// Anything dearer is refused too: a damaged file must not take the machine's memory.
inline constexpr Argon2Cost kArgon2Ceiling{16, std::uint64_t{1} << 30};

/// 32 bytes from a passphrase, Argon2id with one lane; `salt` must be 16 bytes. kInvalidArgument below the
/// floor or above the ceiling, kUnavailable when there is not enough memory.
Result<Secret> argon2id(const Secret& passphrase, ByteView salt, const Argon2Cost& cost);

}  // namespace thuisbasis
