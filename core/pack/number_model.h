// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "core/pack/range_coder.h"

namespace thuisbasis {

/// Numbers of one kind, which tend to be alike: their width in bits is learned, and of numbers of at most 24
/// bits the three bits below the highest; the others travel plain (PROTOCOL.md P-154). 1 KiB.
class NumberModel final {
 public:
  /// Writes `value` with a RangeEncoder and returns it, or reads a number with a RangeDecoder: nothing if it
  /// would be wider than 64 bits.
  template <typename Coder>
  std::optional<std::uint64_t> code(Coder& coder, std::uint64_t value) {
    const auto width = code_width(coder, static_cast<unsigned>(std::bit_width(value)));
    if (width > kWidthMax) return std::nullopt;
    if (width <= 1) return width;
    std::uint64_t read = 1;
    unsigned below = width - 1;
    if (width <= kLearnedWidthMax)
      for (; below > 0 && read < kLearned; --below)
        read = read << 1 | (coder.bit(high_bits_[width][read], (value >> (below - 1) & 1) != 0) ? 1 : 0);
    if (below == 0) return read;
    const std::uint64_t mask = (std::uint64_t{1} << below) - 1;
    return read << below | coder.plain(value & mask, below);
  }

 private:
  static constexpr unsigned kWidthMax = 64;
  static constexpr unsigned kNarrow = 8;  ///< widths below it stand in a tree of three decisions
  static constexpr unsigned kLearnedWidthMax = 24;
  static constexpr std::uint64_t kLearned = 8;  ///< the highest bit and three more

  template <typename Coder>
  unsigned code_width(Coder& coder, unsigned width) {
    if (!coder.bit(wide_, width >= kNarrow)) return code_tree(coder, narrow_widths_, width);
    return kNarrow + code_tree(coder, wide_widths_, width - kNarrow);
  }

  /// A number below half the tree's size, its highest bit first, each bit after the ones before it.
  template <typename Coder, std::size_t kSize>
  static unsigned code_tree(Coder& coder, std::array<AdaptiveBit, kSize>& tree, unsigned value) {
    unsigned node = 1;
    for (unsigned half = kSize / 2; half > 0; half /= 2)
      node = node << 1 | (coder.bit(tree[node], (value & half) != 0) ? 1U : 0U);
    return node - static_cast<unsigned>(kSize);
  }

  AdaptiveBit wide_;
  std::array<AdaptiveBit, 8> narrow_widths_;
  std::array<AdaptiveBit, 64> wide_widths_;
  std::array<std::array<AdaptiveBit, kLearned>, kLearnedWidthMax + 1> high_bits_;
};

}  // namespace thuisbasis
