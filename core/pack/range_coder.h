// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>

#include "core/base/bytes.h"

namespace thuisbasis {

/// How likely a binary decision is to be one, learned from the decisions before it: the n-th moves the
/// estimate by 1/(n+1) of the way, from the 31st on by 1/32 (PROTOCOL.md P-153).
class AdaptiveBit final {
 public:
  /// Of 65,536; between 31 and 65,505, where a step comes to nothing.
  std::uint32_t one() const { return one_; }
  void learn(bool bit);

 private:
  std::uint16_t one_ = 1U << 15;
  std::uint8_t seen_ = 0;
};

/// Writes binary decisions in nearly as little space as they tell something: an arithmetic coder after
/// G. N. N. Martin, "Range encoding" (1979), with 32 bits of range. One use: decisions, then finish().
class RangeEncoder final {
 public:
  /// Writes a decision and lets its estimate learn. Returns it, as the decoder does.
  bool bit(AdaptiveBit& estimate, bool bit);
  /// Writes the lowest `count` bits (at most 64) as they are. Returns `value`.
  std::uint64_t plain(std::uint64_t value, unsigned count);
  /// All bytes. Zeros at the end are left out: the decoder supplies them.
  Bytes finish();

 private:
  void normalise();
  void shift();

  std::uint64_t low_ = 0;  ///< 33 bits: the highest is a carry into what was written
  std::uint32_t range_ = UINT32_MAX;
  Bytes bytes_;
};

/// Reads what RangeEncoder wrote. Any bytes are some decisions, and behind the end there are zeros without
/// end: whoever asks has to know when to stop.
class RangeDecoder final {
 public:
  explicit RangeDecoder(ByteView bytes);
  /// The decision; the second argument stands for what the encoder would have been given.
  bool bit(AdaptiveBit& estimate, bool = false);
  std::uint64_t plain(std::uint64_t, unsigned count);
  /// Whether all bytes were read. An encoder's always are once its last decision is.
  bool at_end() const { return next_ >= bytes_.size(); }

 private:
  void normalise();
  std::uint32_t next_byte() { return next_ < bytes_.size() ? bytes_[next_++] : 0; }

  ByteView bytes_;
  std::size_t next_ = 0;
  std::uint32_t code_ = 0;
  std::uint32_t range_ = UINT32_MAX;
};

}  // namespace thuisbasis
