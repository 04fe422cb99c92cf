// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/schema/schema.h"

namespace thuisbasis {

// The names that a record kind has in the database. Engine tables start with tb_, engine columns with an
// underscore, so that neither can meet a kind or a field.

inline std::string quoted(std::string_view name) { return '"' + std::string(name) + '"'; }
/// The full-text index of a kind.
inline std::string search_table(const KindSchema& kind) { return kind.table + "_search"; }
/// The view of a kind's present records, which is what the index is an index of.
inline std::string shown_view(const KindSchema& kind) { return kind.table + "_shown"; }

inline bool is_searched(const KindSchema& kind) {
  for (const FieldSchema& field : kind.fields)
    if (field.searched) return true;
  return false;
}

}  // namespace thuisbasis
