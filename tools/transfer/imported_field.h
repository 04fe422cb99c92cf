// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/merge/field_value.h"

namespace thuisbasis {

/// Fields of other systems that have no home in our record kinds live on as unknown fields, as registers.
/// Under a number that stands for a known name, numbers from 0 and texts are kept as they are; all else is
/// the JSON object {"name": value}. Numbers are fixed for ever, so that two imports meet in the same field.
inline constexpr std::uint32_t kImportedFieldMin = 100'000;

struct ImportedFieldNumber {
  std::string_view name;
  std::uint32_t number;
};
/// The names that caseloads are known to have, with numbers of their own.
std::span<const ImportedFieldNumber> known_imported_fields();
/// From the table of known names; for others 200000 + a hash of the name.
std::uint32_t imported_field_number(std::string_view name);
/// `json` is the value as JSON.
FieldValue imported_value(std::string_view name, std::string_view json);

struct ImportedField {
  std::string name;
  std::string json;
  std::string text;  ///< strings without quotes
};
/// Nothing for a value that imported_value did not make.
std::optional<ImportedField> read_imported(std::uint32_t number, const FieldValue& value);

}  // namespace thuisbasis
