// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/signing.h"

#include <sodium.h>

#include "core/base/assert.h"
#include "core/verify/sodium.h"

namespace thuisbasis {

SigningKey::SigningKey(Secret seed, Secret expanded, VerifyKey public_key)
    : seed_(std::move(seed)), expanded_(std::move(expanded)), public_key_(public_key) {}

SigningKey SigningKey::generate(Random& random) {
  Secret seed(crypto_sign_ed25519_SEEDBYTES);
  random.fill(seed.mutable_view());
  Result<SigningKey> key = from_seed(std::move(seed));
  TB_ASSERT(key.has_value());
  return std::move(*key);
}

Result<SigningKey> SigningKey::from_seed(Secret seed) {
  if (seed.size() != crypto_sign_ed25519_SEEDBYTES)
    return Error(Code::kBadKey, "an Ed25519 seed has 32 bytes, this one " + std::to_string(seed.size()));
  ensure_sodium();
  std::array<Byte, VerifyKey::kSize> public_bytes{};
  Secret expanded(crypto_sign_ed25519_SECRETKEYBYTES);
  TB_ASSERT(crypto_sign_ed25519_seed_keypair(public_bytes.data(), expanded.mutable_view().data(),
                                             seed.view().data()) == 0);
  TB_TRY(const VerifyKey public_key, VerifyKey::parse(public_bytes));
  return SigningKey(std::move(seed), std::move(expanded), public_key);
}

Signature SigningKey::sign(std::string_view label, ByteView message) const {
  return sign_raw(signed_bytes(label, message));
}

Signature SigningKey::sign_raw(ByteView message) const {
  Signature signature;
  TB_ASSERT(crypto_sign_ed25519_detached(signature.mutable_view().data(), nullptr, message.data(),
                                         message.size(), expanded_.view().data()) == 0);
  return signature;
}

}  // namespace thuisbasis
