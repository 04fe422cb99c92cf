// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/base/bytes.h"
#include "core/crypto/aead.h"

struct evp_cipher_ctx_st;

namespace thuisbasis {

/// The AEADs of RFC 9180 section 7.3, with its numbers. Suite 1 uses AES-256-GCM; the others are here because
/// the published vectors of HPKE need them.
enum class AeadKind : std::uint16_t { kAes128Gcm = 1, kAes256Gcm = 2, kChaCha20Poly1305 = 3 };

inline constexpr std::size_t kAeadNonceSize = 12;
/// One call takes at most this many bytes: OpenSSL counts in int, and nothing of ours comes near.
inline constexpr std::size_t kAeadSizeMax = std::size_t{1} << 30;

constexpr std::size_t aead_key_size(AeadKind kind) { return kind == AeadKind::kAes128Gcm ? 16 : 32; }

/// One AEAD with 96-bit nonces and 128-bit tags, for this room: others take Xaes or HPKE. Keeps its OpenSSL
/// contexts between messages. Every call names its key and nonce. One thread at a time.
class AeadCipher final {
 public:
  explicit AeadCipher(AeadKind kind);

  /// `out` has plaintext.size() + 16 bytes and may start where plaintext starts; it is wiped on failure.
  Status seal(MutableByteView out, ByteView key, ByteView nonce, ByteView plaintext,
              ByteView associated_data);
  /// `out` has sealed.size() - 16 bytes and may start where sealed starts; it is wiped on failure, because
  /// OpenSSL writes plaintext before it has seen the tag.
  Status open(MutableByteView out, ByteView key, ByteView nonce, ByteView sealed, ByteView associated_data);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

  AeadKind kind_;
  Context sealing_;
  Context opening_;
};

}  // namespace thuisbasis
