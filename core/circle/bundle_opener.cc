// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/bundle_opener.h"

#include "core/circle/bundle_payload.h"
#include "core/circle/padding.h"
#include "core/circle/text_frame.h"
#include "core/crypto/aead.h"

namespace thuisbasis {

struct BundleOpener::Scratch {
  TextExpander expander;
  Bytes plaintext;

  Status decrypt(const SealedBundle& bundle, const EpochKey& key) {
    plaintext.resize(bundle.ciphertext.size() - kAeadTagSize);
    TB_TRY(const auto nonce, XaesNonce::from(bundle.header.nonce.view()));
    return Xaes(key.sender_key(bundle.header.author))
        .open_into(plaintext, nonce, bundle.ciphertext, bundle.header_bytes);
  }

  Result<OpenedBundle> open(const SealedBundle& bundle, const EpochKey& key, const ChainValue& previous) {
    TB_CHECK(decrypt(bundle, key));
    TB_TRY(const ByteView payload, unpad(plaintext));
    return decode_payload(bundle.header, payload, previous, expander);
  }

  void clear() {
    wipe(plaintext);
    plaintext.clear();
  }
};

BundleOpener::BundleOpener() : scratch_(std::make_unique<Scratch>()) {}
BundleOpener::~BundleOpener() = default;
BundleOpener::BundleOpener(BundleOpener&&) noexcept = default;

Result<OpenedBundle> BundleOpener::open(const SealedBundle& bundle, const VerifyKey& author_key,
                                        const EpochKey& key, const ChainValue& previous) {
  TB_CHECK(verify_bundle(bundle, author_key));
  if (bundle.header.previous != previous)
    return Error(Code::kBrokenChain, "bundle does not follow the change before it");
  return reopen(bundle, key);
}

Result<OpenedBundle> BundleOpener::reopen(const SealedBundle& bundle, const EpochKey& key) {
  if (key.circle() != bundle.header.circle || key.epoch() != bundle.header.epoch)
    return Error(Code::kNotPermitted, "bundle is of another circle or epoch than the key");
  if (bundle.header.context != 0) return Error(Code::kSchemaTooNew, "bundle with a compression context");
  auto opened = scratch_->open(bundle, key, bundle.header.previous);
  scratch_->clear();
  return opened;
}

}  // namespace thuisbasis
