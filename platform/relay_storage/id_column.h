// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/ids.h"
#include "core/base/sqlite.h"

namespace thuisbasis {

/// A column of the relay's file that holds an id, a hash or a mark. kDamaged when it has another length.
template <typename Id>
Result<Id> id_column(const sqlite::Statement& row, int column) {
  auto id = Id::from(row.blob(column));
  if (!id) return Error(Code::kDamaged, "id of a wrong length in the relay's file");
  return *id;
}

}  // namespace thuisbasis
