// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>

#include "core/merge/row_codec.h"

namespace thuisbasis::fuzzing {

/// Four authors that no input can change, and their numbers as a vault keeps them.
class FourAuthors final : public AuthorTable {
 public:
  static Author author(std::size_t number) {
    const Byte name = static_cast<Byte>(0x61 + number % kCount);
    return {*DeviceId::from(Bytes(32, name)), *InstanceId::from(Bytes(8, name))};
  }
  Result<std::uint32_t> index_of(const Author& author) override {
    for (std::uint32_t i = 0; i < kCount; ++i)
      if (all()[i] == author) return i;
    return Error(Code::kInternal, "an author out of nowhere");
  }
  Result<Author> author_at(std::uint32_t index) override {
    if (index >= kCount) return Error(Code::kDamaged, "author " + std::to_string(index));
    return all()[index];
  }

  static constexpr std::uint32_t kCount = 4;

 private:
  /// Made once: a target has some thousands of tables a second.
  static const std::array<Author, kCount>& all() {
    static const std::array<Author, kCount> authors{author(0), author(1), author(2), author(3)};
    return authors;
  }
};

/// What stands in a row's typed columns.
inline std::vector<FieldValue> column_values(const RecordState& state, std::span<const ColumnField> columns) {
  std::vector<FieldValue> values;
  for (const ColumnField& column : columns) {
    const Entry* entry = column.single ? shown(state.field(column.number, column.rule)) : nullptr;
    const bool fits = entry != nullptr && !entry->removed && fits_column(column, entry->value);
    values.push_back(fits ? entry->value : FieldValue::none());
  }
  return values;
}

}  // namespace thuisbasis::fuzzing
