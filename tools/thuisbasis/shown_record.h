// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault.h"
#include "tools/thuisbasis/row.h"

namespace thuisbasis {

/// One field as a person sees it.
struct ShownField {
  std::uint32_t number = 0;
  std::string name;                 ///< the schema's, an imported field's own, or "field 90"
  std::vector<std::string> values;  ///< one; several or none for sets
  std::string json;                 ///< the same as a JSON value
  bool conflict = false;
};

/// The shown values of a record, by field number; fields that were never written are left out, fields without
/// a name in this version are shown as well as can be.
std::vector<ShownField> shown_fields(const Record& record, const Schema& schema);
/// The kind's name, or "kind 77" where this version has none.
std::string kind_name(const Schema& schema, std::uint32_t kind);
/// What best tells a record from another: its first searched text, cut to one line.
std::string headline(const Record& record, const Schema& schema);
/// {"kind","id","circle","v":{...}} and, where it applies, "origin", "deleted", "conflicts".
Row record_row(const Record& record, const Schema& schema);
/// A value as JSON: numbers and booleans bare, the rest as text.
std::string value_json(const FieldSchema& field, const FieldValue& value);
/// A value of a field that this version has no name for.
std::string unknown_value_text(const FieldValue& value);

/// "2026-11-21 14:05", in the machine's time zone.
std::string time_text(WallMs ms);

}  // namespace thuisbasis
