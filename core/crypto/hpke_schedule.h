// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/crypto/aead_cipher.h"
#include "core/crypto/hpke.h"
#include "core/crypto/wiped.h"

namespace thuisbasis {

inline constexpr std::size_t kHpkeSecretSize = 32;

/// RFC 9180 section 7.1.3: the X25519 key that belongs to some input keying material.
AgreementPrivateKey hpke_derive_key_pair(ByteView input_key_material);

/// X25519 (RFC 7748), 32 bytes. kBadKey when the result is zero, which only a low-order point gives.
Status x25519(MutableByteView out, const AgreementPrivateKey& own, const AgreementKey& peer);

/// Section 4.1, Encap with a given ephemeral key: the shared secret; the public half of the key is what
/// travels.
Status hpke_encapsulate(MutableByteView shared_secret, const AgreementPrivateKey& ephemeral,
                        const AgreementKey& recipient);
/// Section 4.1, Decap.
Status hpke_decapsulate(MutableByteView shared_secret, const AgreementKey& encapsulated,
                        const AgreementPrivateKey& recipient);

/// What section 5.1 derives from a shared secret in base mode, for DHKEM(X25519, HKDF-SHA256), HKDF-SHA256
/// and `aead`.
class HpkeSchedule final {
 public:
  HpkeSchedule(AeadKind aead, ByteView shared_secret, ByteView info);

  ByteView key() const { return key_.view().first(aead_key_size(aead_)); }
  ByteView base_nonce() const { return base_nonce_.view(); }
  ByteView exporter_secret() const { return exporter_secret_.view(); }
  /// Section 5.2, ComputeNonce.
  std::array<Byte, kAeadNonceSize> nonce(std::uint64_t sequence) const;

 private:
  AeadKind aead_;
  Wiped<kHpkeSecretSize> key_;
  Wiped<kAeadNonceSize> base_nonce_;
  Wiped<kHpkeSecretSize> exporter_secret_;
};

}  // namespace thuisbasis
