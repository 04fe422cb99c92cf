// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <span>

#include "core/base/bytes.h"

namespace thuisbasis {

/// One field of a protobuf message, as it stands in the bytes (protobuf encoding, "Message Structure").
struct ScannedField {
  std::uint32_t number = 0;
  ByteView payload;  ///< of a length-delimited field; empty for the others
};

/// Walks the top level of a protobuf message without allocating: counts are limited before the generated
/// parser, which takes up to a hundred bytes of memory for two of input, sees the message. kMalformed for
/// bytes that are no message, and for groups.
class FieldScan final {
 public:
  explicit FieldScan(ByteView message) : rest_(message) {}
  Result<std::optional<ScannedField>> next();

 private:
  ByteView rest_;
};

/// How often a field may occur.
struct FieldLimit {
  std::uint32_t number = 0;
  std::size_t count_max = 1;
};
/// kTooLarge when a field occurs more often than its limit; fields that are not listed share kOtherFieldsMax.
Status check_field_counts(ByteView message, std::span<const FieldLimit> limits);
inline constexpr std::size_t kOtherFieldsMax = 64;

}  // namespace thuisbasis
