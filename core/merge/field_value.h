// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <compare>
#include <cstdint>

#include "core/base/bytes.h"

namespace thuisbasis {

/// How a value is written on the wire; the numbers are stored and hashed.
enum class ValueShape : std::uint8_t {
  kNone = 0,  ///< the field was emptied
  kVarint = 1,
  kFixed64 = 2,
  kFixed32 = 3,
  kData = 4,  ///< string, bytes
};

/// The value of one field, or one element of a set, without its meaning: enough to keep, merge, hash and send
/// fields that this version has no name for. The number is protobuf's wire payload, unchanged.
struct FieldValue {
  ValueShape shape = ValueShape::kNone;
  std::uint64_t number = 0;  ///< of kVarint, kFixed64, kFixed32
  Bytes data;                ///< of kData

  static FieldValue none() { return {}; }
  static FieldValue varint(std::uint64_t value) { return {ValueShape::kVarint, value, {}}; }
  static FieldValue text(std::string_view value) { return {ValueShape::kData, 0, to_bytes(as_bytes(value))}; }
  static FieldValue bytes(ByteView value) { return {ValueShape::kData, 0, to_bytes(value)}; }

  /// An order for sorting, without meaning.
  friend auto operator<=>(const FieldValue&, const FieldValue&) = default;
};

/// The order that MIN and MAX go by, the same on devices that know the field's type and on those that do not:
/// varints as signed integers, fixed widths as IEEE 754 numbers (totalOrder), data byte by byte, different
/// shapes by shape. The schema admits MIN and MAX only for types whose own order this is.
std::strong_ordering compare_values(const FieldValue& a, const FieldValue& b);

/// Whether the bytes are text: well-formed UTF-8 (RFC 3629).
bool is_utf8(ByteView bytes);

}  // namespace thuisbasis
