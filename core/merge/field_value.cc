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

}  // namespace

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
