// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/aes_block.h"

#include <openssl/evp.h>

#include "core/base/assert.h"

namespace thuisbasis {

void AesBlock::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

AesBlock::AesBlock(KeyView key) : encrypting_(EVP_CIPHER_CTX_new()), decrypting_(EVP_CIPHER_CTX_new()) {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  TB_ASSERT(key.size() == 32 && algorithm != nullptr && encrypting_ != nullptr && decrypting_ != nullptr);
  const Byte* const bytes = key.view().data();
  TB_ASSERT(EVP_EncryptInit_ex2(encrypting_.get(), algorithm, bytes, nullptr, nullptr) == 1);
  TB_ASSERT(EVP_DecryptInit_ex2(decrypting_.get(), algorithm, bytes, nullptr, nullptr) == 1);
  TB_ASSERT(EVP_CIPHER_CTX_set_padding(encrypting_.get(), 0) == 1);
  TB_ASSERT(EVP_CIPHER_CTX_set_padding(decrypting_.get(), 0) == 1);
}

void AesBlock::encrypt(MutableByteView blocks) {
  TB_ASSERT(blocks.size() % kSize == 0);
  int written = 0;
  const int size = static_cast<int>(blocks.size());
  TB_ASSERT(EVP_EncryptUpdate(encrypting_.get(), blocks.data(), &written, blocks.data(), size) == 1 &&
            written == size);
}

void AesBlock::decrypt(std::span<Byte, kSize> block) {
  int written = 0;
  TB_ASSERT(EVP_DecryptUpdate(decrypting_.get(), block.data(), &written, block.data(), int{kSize}) == 1 &&
            written == int{kSize});
}

}  // namespace thuisbasis
