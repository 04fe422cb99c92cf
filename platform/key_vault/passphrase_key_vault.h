// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/random.h"
#include "core/crypto/kdf.h"
#include "core/vault/key_vault.h"

namespace thuisbasis {

/// Wraps keys under a passphrase: Argon2id (RFC 9106), then XAES-256-GCM. The cost stands in the blob,
/// authenticated, and is refused below kArgon2Floor whoever wrote it. The random source must outlive the
/// object.
class PassphraseKeyVault final : public KeyVault {
 public:
  PassphraseKeyVault(Secret passphrase, Random& random, Argon2Cost cost = kArgon2Default);

  Result<Bytes> wrap(const Secret& key) override;
  Result<Secret> unwrap(ByteView blob) override;
  KeyVaultCapabilities capabilities() const override { return {}; }

 private:
  Secret passphrase_;
  Random& random_;
  Argon2Cost cost_;
};

}  // namespace thuisbasis
