// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/text_frame.h"

#include <zstd.h>

#include "core/verify/protocol.h"

namespace thuisbasis {
namespace {

/// A day's texts are few, and the levels above gain them 1 % for five times the work; what is sealed in bulk
/// is sealed once and fetched by every new device.
constexpr int kLevel = 7;
constexpr int kBulkLevel = 12;
constexpr std::size_t kBulkBytes = std::size_t{64} << 10;

}  // namespace

struct TextCompressor::Context {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> zstd{ZSTD_createCCtx()};
};

TextCompressor::TextCompressor() : context_(std::make_unique<Context>()) {}
TextCompressor::~TextCompressor() = default;
TextCompressor::TextCompressor(TextCompressor&&) noexcept = default;

Result<Bytes> TextCompressor::compress(ByteView texts) {
  if (texts.empty()) return Bytes();
  if (context_->zstd == nullptr) return Error(Code::kInternal, "no memory to compress");
  Bytes frame(ZSTD_compressBound(texts.size()));
  ZSTD_CCtx_setParameter(context_->zstd.get(), ZSTD_c_compressionLevel,
                         texts.size() < kBulkBytes ? kLevel : kBulkLevel);
  const std::size_t size =
      ZSTD_compress2(context_->zstd.get(), frame.data(), frame.size(), texts.data(), texts.size());
  if (ZSTD_isError(size) != 0) return Error(Code::kInternal, ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

struct TextExpander::Context {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> zstd{ZSTD_createDCtx()};
};

TextExpander::TextExpander() : context_(std::make_unique<Context>()) {}
TextExpander::~TextExpander() = default;
TextExpander::TextExpander(TextExpander&&) noexcept = default;

Result<Bytes> TextExpander::expand(ByteView frame) {
  if (frame.empty()) return Bytes();
  if (context_->zstd == nullptr) return Error(Code::kInternal, "no memory to decompress");
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    return Error(Code::kMalformed, "bundle's texts do not say their size");
  if (size > kPayloadBytesMax)
    return Error(Code::kTooLarge, "bundle's texts would be " + std::to_string(size) + " bytes");
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size())
    return Error(Code::kMalformed, "bundle's texts are not one frame");
  Bytes texts(size);
  const std::size_t got =
      ZSTD_decompressDCtx(context_->zstd.get(), texts.data(), texts.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != size)
    return Error(Code::kMalformed, "bundle's texts do not decompress");
  return texts;
}

}  // namespace thuisbasis
