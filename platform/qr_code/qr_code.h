// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "core/base/result.h"

namespace thuisbasis {

/// A QR code (ISO/IEC 18004) of a text. Any thread.
class QrCode final {
 public:
  /// kTooLarge for what no QR code can hold (some 2,900 bytes).
  static Result<QrCode> of(std::string_view text);

  /// Modules on a side, without the quiet zone.
  std::size_t size() const { return size_; }
  bool is_dark(std::size_t row, std::size_t column) const { return dark_[row * size_ + column]; }

  /// For a terminal: dark on light whatever its colours are, two rows of modules a line.
  std::string for_terminal() const;
  /// An SVG element, four modules of quiet zone included, as wide as its surroundings.
  std::string svg() const;

 private:
  QrCode(std::size_t size, std::vector<bool> dark) : size_(size), dark_(std::move(dark)) {}
  bool is_dark_within(std::ptrdiff_t row, std::ptrdiff_t column) const;
  std::size_t size_;
  std::vector<bool> dark_;
};

}  // namespace thuisbasis
