// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <type_traits>
#include <vector>

#include "core/base/sqlite.h"
#include "core/store/circles.h"

namespace thuisbasis {

// How this room reads rows: `read` is called with the statement on a row and answers a Result.

inline std::int64_t key(CircleRow circle) { return static_cast<std::int64_t>(circle); }

/// NULL stands for no bytes.
inline void bind_or_null(sqlite::Statement& row, int position, const Bytes& bytes) {
  bytes.empty() ? row.bind_null(position) : row.bind(position, bytes);
}

/// What a function that reads one row makes of it.
template <typename Read>
using RowOf = typename std::invoke_result_t<Read, const sqlite::Statement&>::value_type;

/// The first row, if there is one. Resets the statement, also after an error.
template <typename Read>
Result<std::optional<RowOf<Read>>> first_of(sqlite::Statement& rows, Read read) {
  TB_TRY(const bool found, rows.step());
  if (!found) return std::optional<RowOf<Read>>();
  Result<RowOf<Read>> value = read(rows);
  rows.reset();
  if (!value) return std::move(value.error());
  return std::optional<RowOf<Read>>(std::move(*value));
}

template <typename Read>
Result<std::vector<RowOf<Read>>> all_of(sqlite::Statement& rows, Read read) {
  std::vector<RowOf<Read>> values;
  for (;;) {
    TB_TRY(const bool found, rows.step());
    if (!found) return values;
    Result<RowOf<Read>> value = read(rows);
    if (!value) {
      rows.reset();
      return std::move(value.error());
    }
    values.push_back(std::move(*value));
  }
}

/// Of a query for circles.
inline Result<std::vector<CircleRow>> circle_rows(sqlite::Statement& rows) {
  return all_of(rows,
                [](const sqlite::Statement& row) -> Result<CircleRow> { return CircleRow{row.integer(0)}; });
}

/// The single integer of a query that always answers a row.
inline Result<std::int64_t> integer_of(sqlite::Statement& rows) {
  TB_TRY(const std::optional<std::int64_t> value,
         first_of(rows, [](const sqlite::Statement& row) -> Result<std::int64_t> { return row.integer(0); }));
  if (!value) return Error(Code::kInternal, "a count answered no row");
  return *value;
}

}  // namespace thuisbasis
