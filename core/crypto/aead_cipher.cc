// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/aead_cipher.h"

#include <openssl/evp.h>

#include <algorithm>

#include "core/base/assert.h"

namespace thuisbasis {
namespace {

/// Looked up once each, for the life of the process.
const EVP_CIPHER* algorithm_of(AeadKind kind) {
  static const EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static const EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  const EVP_CIPHER* const algorithm = kind == AeadKind::kAes128Gcm   ? aes128
                                      : kind == AeadKind::kAes256Gcm ? aes256
                                                                     : chacha;
  TB_ASSERT(algorithm != nullptr);
  return algorithm;
}

int int_size(ByteView bytes) { return static_cast<int>(bytes.size()); }

bool encrypt(EVP_CIPHER_CTX* context, MutableByteView out, ByteView key, ByteView nonce, ByteView plaintext,
             ByteView associated_data) {
  int written = 0;
  if (EVP_EncryptInit_ex2(context, nullptr, key.data(), nonce.data(), nullptr) != 1) return false;
  if (!associated_data.empty() &&
      EVP_EncryptUpdate(context, nullptr, &written, associated_data.data(), int_size(associated_data)) != 1)
    return false;
  if (!plaintext.empty() &&
      (EVP_EncryptUpdate(context, out.data(), &written, plaintext.data(), int_size(plaintext)) != 1 ||
       written != int_size(plaintext)))
    return false;
  const MutableByteView tag = out.last(kAeadTagSize);
  return EVP_EncryptFinal_ex(context, tag.data(), &written) == 1 && written == 0 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, int_size(tag), tag.data()) == 1;
}

bool decrypt(EVP_CIPHER_CTX* context, MutableByteView out, ByteView key, ByteView nonce, ByteView sealed,
             ByteView associated_data) {
  const ByteView ciphertext = sealed.first(sealed.size() - kAeadTagSize);
  std::array<Byte, kAeadTagSize> tag;
  std::copy_n(sealed.last(kAeadTagSize).begin(), kAeadTagSize, tag.begin());
  int written = 0;
  if (EVP_DecryptInit_ex2(context, nullptr, key.data(), nonce.data(), nullptr) != 1) return false;
  if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, int_size(tag), tag.data()) != 1) return false;
  if (!associated_data.empty() &&
      EVP_DecryptUpdate(context, nullptr, &written, associated_data.data(), int_size(associated_data)) != 1)
    return false;
  if (!ciphertext.empty() &&
      (EVP_DecryptUpdate(context, out.data(), &written, ciphertext.data(), int_size(ciphertext)) != 1 ||
       written != int_size(ciphertext)))
    return false;
  std::array<Byte, EVP_MAX_BLOCK_LENGTH> nothing_more;
  return EVP_DecryptFinal_ex(context, nothing_more.data(), &written) == 1 && written == 0;
}

}  // namespace

void AeadCipher::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

AeadCipher::AeadCipher(AeadKind kind)
    : kind_(kind), sealing_(EVP_CIPHER_CTX_new()), opening_(EVP_CIPHER_CTX_new()) {
  TB_ASSERT(sealing_ != nullptr && opening_ != nullptr);
  TB_ASSERT(EVP_EncryptInit_ex2(sealing_.get(), algorithm_of(kind), nullptr, nullptr, nullptr) == 1);
  TB_ASSERT(EVP_DecryptInit_ex2(opening_.get(), algorithm_of(kind), nullptr, nullptr, nullptr) == 1);
}

Status AeadCipher::seal(MutableByteView out, ByteView key, ByteView nonce, ByteView plaintext,
                        ByteView associated_data) {
  TB_ASSERT(key.size() == aead_key_size(kind_) && nonce.size() == kAeadNonceSize);
  if (plaintext.size() > kAeadSizeMax || associated_data.size() > kAeadSizeMax)
    return Error(Code::kTooLarge, "one message holds at most 1 GiB");
  if (out.size() != plaintext.size() + kAeadTagSize)
    return Error(Code::kInvalidArgument, "a sealed message is 16 bytes longer than its plaintext");
  if (encrypt(sealing_.get(), out, key, nonce, plaintext, associated_data)) return {};
  wipe(out);
  return Error(Code::kInternal, "encryption failed in OpenSSL");
}

Status AeadCipher::open(MutableByteView out, ByteView key, ByteView nonce, ByteView sealed,
                        ByteView associated_data) {
  TB_ASSERT(key.size() == aead_key_size(kind_) && nonce.size() == kAeadNonceSize);
  if (sealed.size() < kAeadTagSize || sealed.size() > kAeadSizeMax + kAeadTagSize ||
      associated_data.size() > kAeadSizeMax) {
    wipe(out);
    return Error(Code::kDecryptFailed,
                 "a sealed message cannot have " + std::to_string(sealed.size()) + " bytes");
  }
  if (out.size() != sealed.size() - kAeadTagSize) {
    wipe(out);
    return Error(Code::kInvalidArgument, "a sealed message is 16 bytes longer than its plaintext");
  }
  if (decrypt(opening_.get(), out, key, nonce, sealed, associated_data)) return {};
  wipe(out);
  return Error(Code::kDecryptFailed, "wrong key, wrong place or altered bytes");
}

}  // namespace thuisbasis
