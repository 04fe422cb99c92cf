// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/random.h"
#include "core/crypto/key_view.h"
#include "core/verify/signature.h"

namespace thuisbasis {

/// An X25519 private key (RFC 7748). Any thread may use it.
class AgreementPrivateKey final {
 public:
  static AgreementPrivateKey generate(Random& random);
  /// kBadKey unless there are 32 bytes.
  static Result<AgreementPrivateKey> from_bytes(Secret bytes);

  const AgreementKey& public_key() const { return public_key_; }
  const Secret& bytes() const { return bytes_; }

 private:
  AgreementPrivateKey(Secret bytes, AgreementKey public_key);
  Secret bytes_;
  AgreementKey public_key_;
};

/// One HPKE message: what travels for one recipient.
struct HpkeSealed {
  Bytes enc;         ///< the encapsulated key, 32 bytes in suite 1
  Bytes ciphertext;  ///< plaintext size + 16
};

/// HPKE (RFC 9180) base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
/// Base mode says nothing about the sender: it always stands inside something signed.
Result<HpkeSealed> hpke_seal(Random& random, const AgreementKey& recipient, ByteView info,
                             ByteView associated_data, const Secret& plaintext);
/// The same with the ephemeral key derived (RFC 9180 DeriveKeyPair) from `ephemeral_seed` (at least 32
/// bytes), so that whoever knows the seed can recompute and compare the wrap (CRYPTO 2.5).
Result<HpkeSealed> hpke_seal_derived(KeyView ephemeral_seed, const AgreementKey& recipient, ByteView info,
                                     ByteView associated_data, const Secret& plaintext);
/// kDecryptFailed for anything that was not sealed to this key with this info and associated data, low-order
/// `enc` included.
Result<Secret> hpke_open(const AgreementPrivateKey& recipient, ByteView info, ByteView associated_data,
                         const HpkeSealed& sealed);

}  // namespace thuisbasis
