// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/bundle_opener.h"

#include <zstd.h>

#include "core/circle/bundle_payload.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"

namespace thuisbasis {

struct BundleOpener::Scratch {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
  Bytes plaintext;
  Bytes payload;

  Status decrypt(const SealedBundle& bundle, const EpochKey& key) {
    plaintext.resize(bundle.ciphertext.size() - kAeadTagSize);
    TB_TRY(const auto nonce, XaesNonce::from(bundle.header.nonce.view()));
    return Xaes(key.sender_key(bundle.header.author))
        .open_into(plaintext, nonce, bundle.ciphertext, bundle.header_bytes);
  }

  /// One whole frame that says its size beforehand, and keeps to it.
  Status decompress(ByteView frame) {
    if (context == nullptr) return Error(Code::kInternal, "no memory to decompress");
    const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
      return Error(Code::kMalformed, "bundle's content does not say its size");
    if (size > kPayloadBytesMax)
      return Error(Code::kTooLarge, "bundle's content would be " + std::to_string(size) + " bytes");
    if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size())
      return Error(Code::kMalformed, "bundle's content is not one frame");
    payload.resize(size);
    const std::size_t got =
        ZSTD_decompressDCtx(context.get(), payload.data(), payload.size(), frame.data(), frame.size());
    if (ZSTD_isError(got) != 0 || got != size)
      return Error(Code::kMalformed, "bundle's content does not decompress");
    return {};
  }

  Result<OpenedBundle> open(const SealedBundle& bundle, const EpochKey& key, const ChainValue& previous) {
    TB_CHECK(decrypt(bundle, key));
    TB_TRY(const ByteView frame, unpad(plaintext));
    TB_CHECK(decompress(frame));
    return decode_payload(bundle.header, payload, previous);
  }

  void clear() {
    wipe(plaintext);
    wipe(payload);
    plaintext.clear();
    payload.clear();
  }
};

BundleOpener::BundleOpener() : scratch_(std::make_unique<Scratch>()) {}
BundleOpener::~BundleOpener() = default;
BundleOpener::BundleOpener(BundleOpener&&) noexcept = default;

Result<OpenedBundle> BundleOpener::open(const SealedBundle& bundle, const VerifyKey& author_key,
                                        const EpochKey& key, const ChainValue& previous) {
  TB_CHECK(verify_bundle(bundle, author_key));
  if (key.circle() != bundle.header.circle || key.epoch() != bundle.header.epoch)
    return Error(Code::kNotPermitted, "bundle is of another circle or epoch than the key");
  if (bundle.header.previous != previous)
    return Error(Code::kBrokenChain, "bundle does not follow the change before it");
  if (bundle.header.context != 0) return Error(Code::kSchemaTooNew, "bundle with a compression context");
  auto opened = scratch_->open(bundle, key, previous);
  scratch_->clear();
  return opened;
}

}  // namespace thuisbasis
