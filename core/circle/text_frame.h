// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/base/bytes.h"

namespace thuisbasis {

/// Compresses the texts of bundles, each as one zstd frame (RFC 8878) that declares its size. Keeps its
/// tables for the next one. One thread at a time.
class TextCompressor final {
 public:
  TextCompressor();
  ~TextCompressor();
  TextCompressor(TextCompressor&&) noexcept;

  /// Nothing for no texts. kInternal without memory.
  Result<Bytes> compress(ByteView texts);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The other way. One thread at a time.
class TextExpander final {
 public:
  TextExpander();
  ~TextExpander();
  TextExpander(TextExpander&&) noexcept;

  /// kMalformed unless it is exactly one frame that declares its size and keeps to it, kTooLarge when that is
  /// more than kPayloadBytesMax: before memory is taken.
  Result<Bytes> expand(ByteView frame);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace thuisbasis
