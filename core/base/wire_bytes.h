// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/bytes.h"
#include "core/base/fixed_bytes.h"

namespace thuisbasis {

/// Writes fixed binary layouts: big-endian integers, LEB128 varints, length-prefixed bytes.
class ByteWriter final {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value);
  void u32(std::uint32_t value);
  void u64(std::uint64_t value);
  void varint(std::uint64_t value);
  void raw(ByteView value) { append(bytes_, value); }
  /// varint length, then the bytes.
  void sized(ByteView value);

  ByteView view() const { return bytes_; }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads what ByteWriter writes. Every read is checked: kMalformed at a short or overlong input, never
/// undefined.
class ByteReader final {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();
  /// LEB128 of at most ten bytes in its shortest form.
  Result<std::uint64_t> varint();
  /// A view into the input.
  Result<ByteView> raw(std::size_t size);
  Result<ByteView> sized();
  template <typename Id>
  Result<Id> id() {
    TB_TRY(const ByteView bytes, raw(Id::kSize));
    return Id::from(bytes);
  }

  std::size_t remaining() const { return rest_.size(); }
  /// kMalformed if bytes are left over.
  Status end() const;

 private:
  ByteView rest_;
};

}  // namespace thuisbasis
