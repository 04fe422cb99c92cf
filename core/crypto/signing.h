// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/random.h"
#include "core/crypto/secret.h"
#include "core/verify/signature.h"

namespace thuisbasis {

/// An Ed25519 private key (RFC 8032). Any thread may sign.
class SigningKey final {
 public:
  static SigningKey generate(Random& random);
  /// kBadKey unless there are 32 bytes.
  static Result<SigningKey> from_seed(Secret seed);

  const VerifyKey& public_key() const { return public_key_; }
  const Secret& seed() const { return seed_; }
  /// Signs label | 0x00 | message; see verify_signature.
  Signature sign(std::string_view label, ByteView message) const;
  /// Signs the message itself, for protocols with a domain separation of their own (RFC 9421); see
  /// verify_raw_signature.
  Signature sign_raw(ByteView message) const;

 private:
  SigningKey(Secret seed, Secret expanded, VerifyKey public_key);
  Secret seed_;
  Secret expanded_;
  VerifyKey public_key_;
};

}  // namespace thuisbasis
