// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>

#include "core/pack/number_model.h"
#include "core/pack/range_coder.h"

namespace thuisbasis {

/// What packed changes are made of. `outline` holds all decisions and numbers, as RangeEncoder writes them;
/// `loose` what no compressor makes smaller (ids, salts, commitments), and `texts` what one should (values
/// and whole changes), both in the order in which the outline speaks of them.
struct OutlineWriter final {
  static constexpr bool kWrites = true;

  bool ok() const { return true; }
  bool fail() { return false; }
  std::uint64_t number(NumberModel& model, std::uint64_t value) { return *model.code(encoder, value); }
  bool bit(AdaptiveBit& estimate, bool bit) { return encoder.bit(estimate, bit); }
  ByteView take_loose(ByteView bytes, std::size_t) { return take(loose, bytes); }
  ByteView take_text(ByteView bytes, std::uint64_t) { return take(texts, bytes); }
  /// What a change costs its reader; a writer has it already.
  void charge(std::uint64_t) {}

  RangeEncoder encoder;
  Bytes loose;
  Bytes texts;

 private:
  static ByteView take(Bytes& to, ByteView bytes) {
    append(to, bytes);
    return bytes;
  }
};

/// The other way: every call gives what the writer was given, whatever its argument. After the first thing
/// amiss ok() is false and all that is read is zero or empty.
class OutlineReader final {
 public:
  static constexpr bool kWrites = false;

  OutlineReader(ByteView outline, ByteView loose, ByteView texts)
      : decoder_(outline), loose_(loose), texts_(texts) {}

  bool ok() const { return ok_; }
  bool fail() { return ok_ = false; }
  bool at_end() const { return decoder_.at_end() && loose_.empty() && texts_.empty(); }
  /// From here on, charges may come to this many bytes.
  void allow(std::uint64_t bytes) { allowance_ = bytes; }

  std::uint64_t number(NumberModel& model, std::uint64_t) {
    if (!ok_) return 0;
    const auto value = model.code(decoder_, 0);
    if (!value) fail();
    return value.value_or(0);
  }
  bool bit(AdaptiveBit& estimate, bool) { return ok_ && decoder_.bit(estimate); }
  ByteView take_loose(ByteView, std::size_t size) { return take(loose_, size); }
  ByteView take_text(ByteView, std::uint64_t size) {
    charge(size);
    return take(texts_, size);
  }
  void charge(std::uint64_t bytes) {
    if (bytes > allowance_) fail();
    allowance_ -= ok_ ? bytes : 0;
  }

 private:
  ByteView take(ByteView& from, std::uint64_t size) {
    if (!ok_ || size > from.size()) {
      fail();
      return {};
    }
    const ByteView taken = from.first(static_cast<std::size_t>(size));
    from = from.subspan(taken.size());
    return taken;
  }

  RangeDecoder decoder_;
  ByteView loose_;
  ByteView texts_;
  std::uint64_t allowance_ = 0;
  bool ok_ = true;
};

}  // namespace thuisbasis
