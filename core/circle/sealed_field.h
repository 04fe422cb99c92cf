// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/crypto/key_view.h"

namespace thuisbasis {

/// Bytes sealed inside a membership entry (PROTOCOL.md P-75): nonce 24 | XAES-256-GCM ciphertext. The nonce
/// is hedged under a key derived from `key`.
Result<Bytes> seal_exact(KeyView key, ByteView plaintext, ByteView associated_data, Random& random);
/// kDecryptFailed; kMalformed when too short.
Result<Secret> open_exact(KeyView key, ByteView sealed, ByteView associated_data);

/// The same for content whose size would tell something: padded first (padding.h).
Result<Bytes> seal_padded(KeyView key, ByteView content, ByteView associated_data, Random& random);
Result<Bytes> open_padded(KeyView key, ByteView sealed, ByteView associated_data);

}  // namespace thuisbasis
