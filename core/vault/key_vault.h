// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/crypto/secret.h"

namespace thuisbasis {

/// What a place for keys can promise; for choosing and for showing to a person.
struct KeyVaultCapabilities {
  bool hardware = false;         ///< the wrapping key cannot leave a chip
  bool user_presence = false;    ///< a person must act for every unwrap
  bool limits_attempts = false;  ///< the place itself slows or stops guessing
};

/// Keeps the key that wraps a vault's database key (CRYPTO, "Key storage on the platforms"). The core never
/// sees a platform type. Implementations: platform/key_vault (passphrase), and a fake with faults in the
/// tests. One thread.
class KeyVault {
 public:
  virtual ~KeyVault() = default;
  /// Seals a key of 32 bytes for storage beside the vault. Everything needed to unwrap, but no secret, is in
  /// the blob.
  virtual Result<Bytes> wrap(const Secret& key) = 0;
  /// kWrongPassphrase when the secret does not fit, kMalformed or kUnknownSuite for a blob this place did not
  /// make, kNotPermitted when it asks for weaker protection than the compiled-in floor.
  virtual Result<Secret> unwrap(ByteView blob) = 0;
  virtual KeyVaultCapabilities capabilities() const = 0;
};

}  // namespace thuisbasis
