// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/range_coder.h"

#include <algorithm>
#include <array>

namespace thuisbasis {
namespace {

constexpr std::uint32_t kWhole = 1U << 16;
constexpr std::uint8_t kSeenMax = 30;
constexpr std::uint32_t kRangeMin = 1U << 24;
constexpr unsigned kPlainBits = 8;  ///< written at once

/// How far the next decision moves an estimate, of 65,536, by the number of decisions before it.
constexpr auto kSteps = [] {
  std::array<std::uint32_t, kSeenMax + 1> steps{};
  for (std::uint32_t seen = 0; seen <= kSeenMax; ++seen) steps[seen] = kWhole / (seen + 2);
  return steps;
}();

std::uint32_t share_of(std::uint32_t range, const AdaptiveBit& estimate) {
  return (range >> 16) * estimate.one();
}

}  // namespace

void AdaptiveBit::learn(bool bit) {
  const std::uint32_t step = kSteps[seen_];
  const std::uint32_t one = bit ? one_ + (((kWhole - one_) * step) >> 16) : one_ - ((one_ * step) >> 16);
  one_ = static_cast<std::uint16_t>(one);
  if (seen_ < kSeenMax) ++seen_;
}

bool RangeEncoder::bit(AdaptiveBit& estimate, bool bit) {
  const std::uint32_t share = share_of(range_, estimate);
  if (bit) {
    range_ = share;
  } else {
    low_ += share;
    range_ -= share;
  }
  estimate.learn(bit);
  normalise();
  return bit;
}

std::uint64_t RangeEncoder::plain(std::uint64_t value, unsigned count) {
  while (count > 0) {
    const unsigned now = std::min(count, kPlainBits);
    count -= now;
    range_ >>= now;
    low_ += ((value >> count) & ((1U << now) - 1)) * range_;
    normalise();
  }
  return value;
}

Bytes RangeEncoder::finish() {
  // Any number from low on stands for what was written, over at least kRangeMin of them: one with zeros at
  // its end.
  low_ = (low_ + kRangeMin - 1) & ~std::uint64_t{kRangeMin - 1};
  for (int i = 0; i < 4; ++i) shift();
  while (!bytes_.empty() && bytes_.back() == 0) bytes_.pop_back();
  return std::move(bytes_);
}

void RangeEncoder::normalise() {
  while (range_ < kRangeMin) {
    range_ <<= 8;
    shift();
  }
}

void RangeEncoder::shift() {
  if (low_ >> 32 != 0)
    for (std::size_t i = bytes_.size(); i-- > 0 && ++bytes_[i] == 0;) continue;
  bytes_.push_back(static_cast<Byte>(low_ >> 24));
  low_ = (low_ & (kRangeMin - 1)) << 8;
}

RangeDecoder::RangeDecoder(ByteView bytes) : bytes_(bytes) {
  for (int i = 0; i < 4; ++i) code_ = code_ << 8 | next_byte();
}

bool RangeDecoder::bit(AdaptiveBit& estimate, bool) {
  const std::uint32_t share = share_of(range_, estimate);
  const bool bit = code_ < share;
  if (bit) {
    range_ = share;
  } else {
    code_ -= share;
    range_ -= share;
  }
  estimate.learn(bit);
  normalise();
  return bit;
}

std::uint64_t RangeDecoder::plain(std::uint64_t, unsigned count) {
  std::uint64_t value = 0;
  while (count > 0) {
    const unsigned now = std::min(count, kPlainBits);
    count -= now;
    range_ >>= now;
    const std::uint32_t digit = std::min(code_ / range_, (1U << now) - 1);
    code_ -= digit * range_;
    value = value << now | digit;
    normalise();
  }
  return value;
}

void RangeDecoder::normalise() {
  while (range_ < kRangeMin) {
    range_ <<= 8;
    code_ = code_ << 8 | next_byte();
  }
}

}  // namespace thuisbasis
