// SPDX-License-Identifier: EUPL-1.2
#include "core/base/wire_bytes.h"

#include <array>

namespace thuisbasis {
namespace {

template <typename Integer>
void put_big_endian(Bytes& to, Integer value) {
  std::array<Byte, sizeof value> bytes;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, value = static_cast<Integer>(value >> 8))
    *byte = static_cast<Byte>(value);
  append(to, bytes);
}

/// Apart from the reads, which happen for every byte: this text is made once, when one of them fails.
[[gnu::cold, gnu::noinline]] Error too_short(std::size_t expected, std::size_t found) {
  return Error(Code::kMalformed,
               "expected " + std::to_string(expected) + " more bytes, found " + std::to_string(found));
}

template <typename Integer>
Result<Integer> get_big_endian(ByteReader& reader) {
  TB_TRY(const ByteView bytes, reader.raw(sizeof(Integer)));
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return static_cast<Integer>(value);
}

}  // namespace

void ByteWriter::u16(std::uint16_t value) { put_big_endian(bytes_, value); }
void ByteWriter::u32(std::uint32_t value) { put_big_endian(bytes_, value); }
void ByteWriter::u64(std::uint64_t value) { put_big_endian(bytes_, value); }

void ByteWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
  u8(static_cast<std::uint8_t>(value));
}

void ByteWriter::sized(ByteView value) {
  varint(value.size());
  raw(value);
}

Result<std::uint8_t> ByteReader::u8() {
  if (rest_.empty()) return too_short(1, 0);
  const Byte byte = rest_.front();
  rest_ = rest_.subspan(1);
  return byte;
}
Result<std::uint16_t> ByteReader::u16() { return get_big_endian<std::uint16_t>(*this); }
Result<std::uint32_t> ByteReader::u32() { return get_big_endian<std::uint32_t>(*this); }
Result<std::uint64_t> ByteReader::u64() { return get_big_endian<std::uint64_t>(*this); }

Result<std::uint64_t> ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return too_short(1, 0);
    const Byte byte = rest_.front();
    rest_ = rest_.subspan(1);
    if (shift == 63 && byte > 1) break;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift != 0) break;
      return value;
    }
  }
  return Error(Code::kMalformed, "varint is not in its shortest form or exceeds 64 bits");
}

Result<ByteView> ByteReader::raw(std::size_t size) {
  if (size > rest_.size()) return too_short(size, rest_.size());
  const ByteView taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

Result<ByteView> ByteReader::sized() {
  TB_TRY(const std::uint64_t size, varint());
  if (size > rest_.size()) return Error(Code::kMalformed, "length runs past the end");
  return raw(static_cast<std::size_t>(size));
}

Status ByteReader::end() const {
  if (!rest_.empty()) return Error(Code::kMalformed, std::to_string(rest_.size()) + " bytes left over");
  return {};
}

}  // namespace thuisbasis
