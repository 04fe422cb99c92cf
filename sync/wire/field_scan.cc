// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/field_scan.h"

#include <algorithm>
#include <vector>

#include "core/base/wire_bytes.h"

namespace thuisbasis {

namespace {

Result<ByteView> take_value(ByteReader& reader, std::uint64_t wire_type) {
  if (wire_type == 2) return reader.sized();
  if (wire_type == 0) {
    TB_TRY([[maybe_unused]] const std::uint64_t value, reader.varint());
    return ByteView();
  }
  if (wire_type != 1 && wire_type != 5)
    return Error(Code::kMalformed, "wire type " + std::to_string(wire_type));
  TB_TRY([[maybe_unused]] const ByteView fixed, reader.raw(wire_type == 1 ? 8 : 4));
  return ByteView();
}

}  // namespace

Result<std::optional<ScannedField>> FieldScan::next() {
  if (rest_.empty()) return std::optional<ScannedField>();
  ByteReader reader(rest_);
  TB_TRY(const std::uint64_t tag, reader.varint());
  if (tag >> 3 == 0 || tag > UINT32_MAX) return Error(Code::kMalformed, "field number");
  ScannedField field{static_cast<std::uint32_t>(tag >> 3), {}};
  TB_TRY(field.payload, take_value(reader, tag & 7));
  rest_ = rest_.last(reader.remaining());
  return std::optional(field);
}

Status check_field_counts(ByteView message, std::span<const FieldLimit> limits) {
  std::vector<std::size_t> counts(limits.size() + 1);
  FieldScan scan(message);
  while (true) {
    TB_TRY(const std::optional<ScannedField> field, scan.next());
    if (!field) return {};
    const auto found = std::find_if(limits.begin(), limits.end(),
                                    [&](const FieldLimit& limit) { return limit.number == field->number; });
    const std::size_t count_max = found == limits.end() ? kOtherFieldsMax : found->count_max;
    if (++counts[static_cast<std::size_t>(found - limits.begin())] > count_max)
      return Error(Code::kTooLarge, "field " + std::to_string(field->number) + " occurs more than " +
                                        std::to_string(count_max) + " times");
  }
}

}  // namespace thuisbasis
