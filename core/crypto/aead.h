// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/base/fixed_bytes.h"
#include "core/base/random.h"
#include "core/crypto/key_view.h"

namespace thuisbasis {

inline constexpr std::size_t kXaesKeySize = 32;
inline constexpr std::size_t kXaesNonceSize = 24;
inline constexpr std::size_t kAeadTagSize = 16;

using XaesNonce = FixedBytes<struct XaesNonceTag, kXaesNonceSize>;

/// XAES-256-GCM (C2SP XAES-256-GCM): AES-256-GCM under a key derived from a 192-bit random nonce, so that
/// random nonces need no accounting. Keeps its OpenSSL contexts for the next call. One thread at a time.
class Xaes final {
 public:
  /// The key must be 32 bytes.
  explicit Xaes(KeyView key);
  ~Xaes();
  Xaes(Xaes&&) noexcept;
  Xaes& operator=(Xaes&&) noexcept;

  /// Writes plaintext.size() + 16 bytes to `out` (which may start where plaintext starts, and nowhere else
  /// overlap).
  Status seal_into(MutableByteView out, const XaesNonce& nonce, ByteView plaintext, ByteView associated_data);
  /// Writes sealed.size() - 16 bytes to `out`; may be in place. On failure `out` is wiped and kDecryptFailed
  /// returned: no caller ever sees a byte that did not verify. The tag is always the last 16 bytes.
  Status open_into(MutableByteView out, const XaesNonce& nonce, ByteView sealed, ByteView associated_data);

  Result<Bytes> seal(const XaesNonce& nonce, ByteView plaintext, ByteView associated_data);
  Result<Bytes> open(const XaesNonce& nonce, ByteView sealed, ByteView associated_data);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

/// A nonce that survives a stuck or cloned random source (CRYPTO 2.6): the first 24 bytes of
/// HMAC-SHA256(nonce_key, 32 fresh random bytes | number | SHA-256(plaintext)). It repeats only for the same
/// plaintext at the same place.
XaesNonce hedged_nonce(KeyView nonce_key, Random& random, std::uint64_t number, ByteView plaintext);

}  // namespace thuisbasis
