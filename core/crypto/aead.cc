// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/aead.h"

#include <algorithm>
#include <cstring>

#include "core/base/assert.h"
#include "core/base/planted_bug.h"
#include "core/crypto/aead_cipher.h"
#include "core/crypto/aes_block.h"
#include "core/crypto/hmac.h"
#include "core/crypto/wiped.h"
#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kBlockSize = AesBlock::kSize;
/// XAES gives the first half of its nonce to the key and the second to GCM.
constexpr std::size_t kKeyNonceSize = kXaesNonceSize - kAeadNonceSize;

}  // namespace

struct Xaes::Contexts {
  explicit Contexts(KeyView key) : blocks(key), gcm(AeadKind::kAes256Gcm) {
    // The subkey of CMAC (NIST SP 800-38B): AES of zero, doubled in GF(2^128).
    Wiped<kBlockSize> encrypted_zero;
    blocks.encrypt(encrypted_zero.mutable_view());
    unsigned carry = 0;
    for (std::size_t i = kBlockSize; i-- > 0;) {
      subkey[i] = static_cast<Byte>(unsigned{encrypted_zero[i]} << 1 | carry);
      carry = unsigned{encrypted_zero[i]} >> 7;
    }
    subkey[kBlockSize - 1] ^= static_cast<Byte>(0x87 * carry);
  }

  /// The key of one message: CMAC over two counted blocks (NIST SP 800-108) with the label 'X' and half the
  /// nonce.
  void derive(Wiped<32>& message_key, const XaesNonce& nonce) {
    wipe(message_key.mutable_view());
    for (std::size_t half = 0; half < 2; ++half) {
      const std::size_t at = half * kBlockSize;
      message_key[at + 1] = static_cast<Byte>(half + 1);
      message_key[at + 2] = 'X';
      std::copy_n(nonce.view().begin(), kKeyNonceSize, message_key.mutable_view().subspan(at + 4).begin());
      for (std::size_t i = 0; i < kBlockSize; ++i) message_key[at + i] ^= subkey[i];
    }
    blocks.encrypt(message_key.mutable_view());
  }

  AesBlock blocks;
  AeadCipher gcm;
  Wiped<kBlockSize> subkey;
};

Xaes::Xaes(KeyView key) {
  TB_ASSERT(key.size() == kXaesKeySize);
  contexts_ = std::make_unique<Contexts>(key);
}
Xaes::~Xaes() = default;
Xaes::Xaes(Xaes&&) noexcept = default;
Xaes& Xaes::operator=(Xaes&&) noexcept = default;

Status Xaes::seal_into(MutableByteView out, const XaesNonce& nonce, ByteView plaintext,
                       ByteView associated_data) {
  if (is_planted(PlantedBug::kSealedWithNothing)) {
    std::memmove(out.data(), plaintext.data(), plaintext.size());
    std::memset(out.data() + plaintext.size(), 0, kAeadTagSize);
    return {};
  }
  Wiped<32> message_key;
  contexts_->derive(message_key, nonce);
  return contexts_->gcm.seal(out, message_key.view(), nonce.view().subspan(kKeyNonceSize), plaintext,
                             associated_data);
}

Status Xaes::open_into(MutableByteView out, const XaesNonce& nonce, ByteView sealed,
                       ByteView associated_data) {
  if (is_planted(PlantedBug::kSealedWithNothing)) {
    std::memmove(out.data(), sealed.data(), sealed.size() - kAeadTagSize);
    return {};
  }
  Wiped<32> message_key;
  contexts_->derive(message_key, nonce);
  return contexts_->gcm.open(out, message_key.view(), nonce.view().subspan(kKeyNonceSize), sealed,
                             associated_data);
}

Result<Bytes> Xaes::seal(const XaesNonce& nonce, ByteView plaintext, ByteView associated_data) {
  Bytes sealed(plaintext.size() + kAeadTagSize);
  TB_CHECK(seal_into(sealed, nonce, plaintext, associated_data));
  return sealed;
}

Result<Bytes> Xaes::open(const XaesNonce& nonce, ByteView sealed, ByteView associated_data) {
  Bytes plaintext(sealed.size() < kAeadTagSize ? 0 : sealed.size() - kAeadTagSize);
  TB_CHECK(open_into(plaintext, nonce, sealed, associated_data));
  return plaintext;
}

XaesNonce hedged_nonce(KeyView nonce_key, Random& random, std::uint64_t number, ByteView plaintext) {
  Wiped<32> fresh;
  random.fill(fresh.mutable_view());
  std::array<Byte, 8> place;
  for (std::size_t i = 0; i < place.size(); ++i) place[i] = static_cast<Byte>(number >> (56 - 8 * i));
  Wiped<kHmacSize> mixed;
  Hmac(nonce_key.view())
      .add(fresh.view())
      .add(place)
      .add(sha256(plaintext).view())
      .finish(mixed.mutable_view());
  XaesNonce nonce;
  std::copy_n(mixed.view().begin(), kXaesNonceSize, nonce.mutable_view().begin());
  return nonce;
}

}  // namespace thuisbasis
