// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>

#include "core/base/assert.h"
#include "core/crypto/wiped.h"

namespace thuisbasis {
namespace {

/// A context with HMAC and SHA-256 looked up, made once; every Hmac starts as a copy of it. The lookup costs
/// more than an HMAC. Its key is 32 zero bytes, because OpenSSL 3.0 copies only contexts that have one.
EVP_MAC_CTX* make_pattern() {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  TB_ASSERT(algorithm != nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(algorithm);
  TB_ASSERT(context != nullptr);
  std::string digest = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  constexpr std::array<Byte, kHmacSize> no_key{};
  TB_ASSERT(EVP_MAC_init(context, no_key.data(), no_key.size(), parameters) == 1);
  EVP_MAC_free(algorithm);
  return context;
}

const EVP_MAC_CTX* pattern() {
  static const EVP_MAC_CTX* const context = make_pattern();
  return context;
}

}  // namespace

void Hmac::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

Hmac::Hmac(ByteView key) : context_(EVP_MAC_CTX_dup(pattern())) {
  TB_ASSERT(context_ != nullptr);
  constexpr Byte nothing = 0;  // a null key would mean "keep the one you have"
  TB_ASSERT(EVP_MAC_init(context_.get(), key.empty() ? &nothing : key.data(), key.size(), nullptr) == 1);
}

Hmac& Hmac::add(ByteView bytes) {
  if (!bytes.empty()) TB_ASSERT(EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

void Hmac::finish(MutableByteView out) {
  TB_ASSERT(out.size() == kHmacSize);
  std::size_t size = 0;
  TB_ASSERT(EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 && size == kHmacSize);
  TB_ASSERT(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);
}

void hkdf_extract_into(MutableByteView out, ByteView salt, std::initializer_list<ByteView> key_parts) {
  Hmac hmac(salt);
  for (const ByteView part : key_parts) hmac.add(part);
  hmac.finish(out);
}

void hkdf_expand_into(MutableByteView out, ByteView key, std::initializer_list<ByteView> info_parts) {
  TB_ASSERT(out.size() <= 255 * kHmacSize);
  Hmac hmac(key);
  Wiped<kHmacSize> block;
  for (Byte counter = 1; !out.empty(); ++counter) {
    if (counter > 1) hmac.add(block.view());
    for (const ByteView part : info_parts) hmac.add(part);
    hmac.add({&counter, 1});
    hmac.finish(block.mutable_view());
    const std::size_t taken = std::min(out.size(), kHmacSize);
    std::copy_n(block.view().begin(), taken, out.begin());
    out = out.subspan(taken);
  }
}

}  // namespace thuisbasis
