// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/kdf.h"

#include <sodium.h>

#include "core/crypto/hmac.h"
#include "core/verify/sodium.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kArgon2SaltSize = crypto_pwhash_argon2id_SALTBYTES;
constexpr std::size_t kArgon2KeySize = 32;

}  // namespace

Secret hkdf(const Secret& key, ByteView salt, ByteView info, std::size_t size) {
  Wiped<kHmacSize> uniform;
  hkdf_extract_into(uniform.mutable_view(), salt, {key.view()});
  Secret derived(size);
  hkdf_expand_into(derived.mutable_view(), uniform.view(), {info});
  return derived;
}

Secret hkdf_expand(KeyView key, ByteView info, std::size_t size) {
  Secret derived(size);
  hkdf_expand(key, info, derived.mutable_view());
  return derived;
}

void hkdf_expand(KeyView key, ByteView info, MutableByteView out) {
  hkdf_expand_into(out, key.view(), {info});
}

Sha256Digest hmac_sha256(KeyView key, ByteView message) {
  Sha256Digest digest;
  Hmac(key.view()).add(message).finish(digest.mutable_view());
  return digest;
}

Result<Secret> argon2id(const Secret& passphrase, ByteView salt, const Argon2Cost& cost) {
  if (salt.size() != kArgon2SaltSize)
    return Error(Code::kInvalidArgument,
                 "an Argon2id salt has 16 bytes, this one " + std::to_string(salt.size()));
  if (cost.passes < kArgon2Floor.passes || cost.memory_bytes < kArgon2Floor.memory_bytes)
    return Error(Code::kInvalidArgument, "Argon2id cost is below the floor of 2 passes and 19 MiB");
  if (cost.passes > kArgon2Ceiling.passes || cost.memory_bytes > kArgon2Ceiling.memory_bytes)
    return Error(Code::kInvalidArgument, "Argon2id cost is above the ceiling of 16 passes and 1 GiB");
  ensure_sodium();
  Secret key(kArgon2KeySize);
  const std::string_view text = as_text(passphrase.view());
  if (crypto_pwhash_argon2id(key.mutable_view().data(), key.size(), text.empty() ? "" : text.data(),
                             text.size(), salt.data(), cost.passes,
                             static_cast<std::size_t>(cost.memory_bytes),
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    return Error(Code::kUnavailable, "not enough memory for Argon2id");
  return key;
}

}  // namespace thuisbasis
