// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>

#include "core/base/random.h"
#include "sync/relay/receipt_signer.h"

namespace thuisbasis {

/// The relay's Ed25519 key for receipts, kept in a 0600 file of 32 bytes (the seed). The daemon may not link
/// core/crypto, so it signs through libsodium here; the private key lives in locked, zeroed memory. Any
/// thread may sign.
class ReceiptKey final : public ReceiptSigner {
 public:
  /// Makes a key and writes the file; kAlreadyExists if there is one.
  static Result<ReceiptKey> create(const std::string& path, Random& random);
  /// kDamaged for a wrong size, kNotPermitted when others may read it.
  static Result<ReceiptKey> open(const std::string& path);

  ReceiptKey(ReceiptKey&&) noexcept;
  ReceiptKey& operator=(ReceiptKey&&) noexcept;
  ~ReceiptKey() override;

  VerifyKey public_key() const override { return public_key_; }
  Signature sign(std::string_view label, ByteView message) const override;

 private:
  struct Locked;
  ReceiptKey(std::unique_ptr<Locked> secret, VerifyKey public_key);
  static Result<ReceiptKey> from_seed(MutableByteView seed);  // wipes the seed
  std::unique_ptr<Locked> secret_;
  VerifyKey public_key_;
};

}  // namespace thuisbasis
