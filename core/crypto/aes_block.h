// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/crypto/key_view.h"

struct evp_cipher_ctx_st;

namespace thuisbasis {

/// AES-256 (FIPS 197) of 16-byte blocks, each by itself: a secret permutation, not a message cipher. For
/// fields that must keep their size and never repeat by themselves, and for deriving keys; messages take
/// Xaes. Keeps its OpenSSL contexts. One thread at a time.
class AesBlock final {
 public:
  static constexpr std::size_t kSize = 16;

  /// The key must be 32 bytes.
  explicit AesBlock(KeyView key);

  void encrypt(MutableByteView blocks);        ///< in place; whole blocks
  void decrypt(std::span<Byte, kSize> block);  ///< in place

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

  Context encrypting_;
  Context decrypting_;
};

}  // namespace thuisbasis
