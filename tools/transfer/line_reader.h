// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"

namespace thuisbasis {

/// Reads a text line by line, gzipped or not. One thread.
class LineReader final {
 public:
  static Result<LineReader> open(const std::string& path);  ///< kNotFound, kNotPermitted
  static LineReader over(Bytes text);                       ///< of text that is in memory, not gzipped
  LineReader(LineReader&&) noexcept;
  ~LineReader();

  /// The next line without its end; nothing at the end of the text. kDamaged for a gzip stream that is cut or
  /// broken, kTooLarge for a line beyond kLineBytesMax (line_limits.h).
  Result<std::optional<std::string>> next();
  std::uint64_t line_number() const;  ///< of the last line read, from 1
  double fraction_read() const;       ///< 0 to 1

 private:
  struct Source;
  explicit LineReader(std::unique_ptr<Source> source);
  std::unique_ptr<Source> source_;
};

}  // namespace thuisbasis
