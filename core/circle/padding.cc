// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/padding.h"

#include <algorithm>
#include <bit>

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kLengthSize = 4;

}  // namespace

std::size_t padded_size(std::size_t size) {
  if (size <= kPaddingFloor) return kPaddingFloor;
  const auto exponent = static_cast<std::size_t>(std::bit_width(size)) - 1;
  const auto kept_bits = static_cast<std::size_t>(std::bit_width(exponent));
  const std::size_t mask = (std::size_t{1} << (exponent - kept_bits)) - 1;
  return (size + mask) & ~mask;
}

Bytes pad(ByteView content) {
  ByteWriter writer;
  writer.u32(static_cast<std::uint32_t>(content.size()));
  writer.raw(content);
  Bytes padded = writer.take();
  padded.resize(padded_size(padded.size()), 0);
  return padded;
}

Result<ByteView> unpad(ByteView padded) {
  ByteReader reader(padded);
  TB_TRY(const std::uint32_t size, reader.u32());
  if (size > reader.remaining() || padded.size() != padded_size(kLengthSize + size))
    return Error(Code::kMalformed, "padding of a wrong size");
  TB_TRY(const ByteView content, reader.raw(size));
  TB_TRY(const ByteView rest, reader.raw(reader.remaining()));
  if (!std::all_of(rest.begin(), rest.end(), [](Byte b) { return b == 0; }))
    return Error(Code::kMalformed, "padding that is not zero");
  return content;
}

}  // namespace thuisbasis
