// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <variant>

#include "core/merge/field_value.h"
#include "core/schema/schema.h"

namespace thuisbasis {

/// The value of an enum field. `name` is short: without the prefix its enum's names share, in lower case
/// ("bezig" of GOAL_BEZIG); empty for a number that this version has no name for.
struct EnumValue {
  std::int32_t number = 0;
  std::string name;
  friend bool operator==(const EnumValue&, const EnumValue&) = default;
};

/// A field's value with its meaning. monostate: emptied, or not of the field's type (a later version, or a
/// member's mistake).
using TypedValue =
    std::variant<std::monostate, std::int64_t, std::uint64_t, double, bool, EnumValue, std::string, Bytes>;

/// Meaning to generic form and back. A set's or repeated field's value is one element.
TypedValue to_typed(const FieldSchema& field, const FieldValue& value);
/// kInvalidArgument for a value of another type or out of the field's range, or text that is not UTF-8.
/// Signed and unsigned integers stand for one another where they fit; an EnumValue goes by its number.
Result<FieldValue> from_typed(const FieldSchema& field, const TypedValue& value);

/// The value as people write and read it: numbers in decimals, "true", short enum names, bytes as base64url.
/// Empty for monostate.
std::string value_text(const FieldSchema& field, const FieldValue& value);
/// Reads what value_text writes. Enum names in any case, with or without prefix, with '-' or ' ' for '_', or
/// as numbers; booleans true/false, ja/nee, yes/no, 1/0. kInvalidArgument with the field's name and what it
/// takes.
Result<FieldValue> parse_value(const FieldSchema& field, std::string_view text);

/// What a typed column stores: NULL, INTEGER, REAL, TEXT or BLOB. Views point into the value.
using ColumnValue = std::variant<std::monostate, std::int64_t, double, std::string_view, ByteView>;
/// The column's value for a field that is `single`; NULL where !fits_column (core/merge/row_codec.h).
ColumnValue to_column(const FieldSchema& field, const FieldValue& value);
/// Back from the column, exactly. A column of another type than the field's gives kNone.
FieldValue from_column(const FieldSchema& field, const ColumnValue& value);

}  // namespace thuisbasis
