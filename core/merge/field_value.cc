// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/field_value.h"

namespace thuisbasis {
namespace {

/// Maps the bits of an IEEE 754 number so that unsigned order is its total order.
std::uint64_t ordered_bits(std::uint64_t bits, unsigned width) {
  const std::uint64_t sign = std::uint64_t{1} << (width - 1);
  const std::uint64_t all = sign | (sign - 1);
  return (bits & sign) != 0 ? ~bits & all : bits | sign;
}

/// The length of the well-formed UTF-8 sequence that `rest` starts with; 0 when there is none. Table 3-7 of
/// the Unicode standard: the second byte's range depends on the first, which rules out overlong forms and
/// surrogates.
std::size_t sequence_length(ByteView rest) {
  const Byte first = rest[0];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (rest.size() < length) return 0;
  const Byte lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const Byte highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (rest[1] < lowest || rest[1] > highest) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((rest[i] & 0xc0) != 0x80) return 0;
  return length;
}

}  // namespace

bool is_utf8(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

std::strong_ordering compare_values(const FieldValue& a, const FieldValue& b) {
  if (a.shape != b.shape) return a.shape <=> b.shape;
  switch (a.shape) {
    case ValueShape::kNone:
      return std::strong_ordering::equal;
    case ValueShape::kVarint:
      return static_cast<std::int64_t>(a.number) <=> static_cast<std::int64_t>(b.number);
    case ValueShape::kFixed64:
      return ordered_bits(a.number, 64) <=> ordered_bits(b.number, 64);
    case ValueShape::kFixed32:
      return ordered_bits(a.number, 32) <=> ordered_bits(b.number, 32);
    case ValueShape::kData:
      return a.data <=> b.data;
  }
  return std::strong_ordering::equal;
}

}  // namespace thuisbasis
