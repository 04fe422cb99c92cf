// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/sealed_field.h"

#include "core/circle/labelled.h"
#include "core/circle/labels.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "core/crypto/kdf.h"

namespace thuisbasis {

Result<Bytes> seal_exact(KeyView key, ByteView plaintext, ByteView associated_data, Random& random) {
  const Wiped<kXaesKeySize> nonce_key(
      [&](MutableByteView out) { hkdf_expand(key, labelled(label::kFieldNonce).view(), out); });
  const XaesNonce nonce = hedged_nonce(nonce_key, random, 0, plaintext);
  TB_TRY(const Bytes ciphertext, Xaes(key).seal(nonce, plaintext, associated_data));
  Bytes sealed = to_bytes(nonce.view());
  append(sealed, ciphertext);
  return sealed;
}

Result<Secret> open_exact(KeyView key, ByteView sealed, ByteView associated_data) {
  if (sealed.size() < kXaesNonceSize + kAeadTagSize)
    return Error(Code::kMalformed, "sealed part is too short");
  TB_TRY(const XaesNonce nonce, XaesNonce::from(sealed.first(kXaesNonceSize)));
  Secret opened(sealed.size() - kXaesNonceSize - kAeadTagSize);
  TB_CHECK(
      Xaes(key).open_into(opened.mutable_view(), nonce, sealed.subspan(kXaesNonceSize), associated_data));
  return opened;
}

Result<Bytes> seal_padded(KeyView key, ByteView content, ByteView associated_data, Random& random) {
  Bytes padded = pad(content);
  auto sealed = seal_exact(key, padded, associated_data, random);
  wipe(padded);
  return sealed;
}

Result<Bytes> open_padded(KeyView key, ByteView sealed, ByteView associated_data) {
  TB_TRY(const Secret padded, open_exact(key, sealed, associated_data));
  TB_TRY(const ByteView content, unpad(padded.view()));
  return to_bytes(content);
}

}  // namespace thuisbasis
