// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/verify/signature.h"

namespace thuisbasis {

/// The relay's own key, that its receipts are checked against. The private key stays behind this port. Called
/// on the relay's thread, once a commit group.
class ReceiptSigner {
 public:
  virtual ~ReceiptSigner() = default;
  virtual VerifyKey public_key() const = 0;
  /// Ed25519 over label | 0x00 | message, as verify_signature() checks it.
  virtual Signature sign(std::string_view label, ByteView message) const = 0;
};

}  // namespace thuisbasis
