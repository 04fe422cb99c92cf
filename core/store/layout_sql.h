// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "core/schema/schema.h"

namespace thuisbasis {

/// The store's own tables, version kLayoutVersion.
extern const char kEngineTables[];

/// Brings the store's own tables from the version before to `version`. Never changed once it was released.
struct LayoutStep {
  std::int64_t version;
  const char* sql;
};
extern const std::array<LayoutStep, 1> kLayoutSteps;

std::string_view column_type_name(ColumnType type);
/// CREATE statements of one kind's table and its indexes.
std::string create_record_table(const KindSchema& kind);
std::string add_column(const KindSchema& kind, const FieldSchema& field);
/// The view of present records and its full-text index, filled; nothing for a kind without searched fields.
std::string create_search(const KindSchema& kind);
std::string drop_search(std::string_view table);

}  // namespace thuisbasis
