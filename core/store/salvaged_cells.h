// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis {

// SQLite's b-tree pages, read without SQLite: its file format, sections 1.6 and 2.1. What a page says is
// authentic, so nobody made it up, but it may be of an older state than its neighbours: every number is
// checked.

/// One column of a row.
struct SalvagedValue {
  enum class Type { kNull, kInteger, kReal, kText, kBlob };
  Type type = Type::kNull;
  std::int64_t integer = 0;
  Bytes bytes;  ///< of a text or blob
};

/// A row of a table or an entry of an index. The columns as far as they could be read: the first of a row
/// lie in its page, the end of a long one on pages of its own.
struct SalvagedRow {
  std::int64_t rowid = 0;  ///< 0 in an index
  std::vector<SalvagedValue> columns;
  bool whole = false;  ///< all columns are there

  /// The value of a column, if it is there and of that type.
  std::optional<std::int64_t> integer(std::size_t column) const;
  const Bytes* blob(std::size_t column) const;
  const Bytes* text(std::size_t column) const;
};

/// What a b-tree page holds.
struct SalvagedCells {
  bool is_index = false;
  std::vector<SalvagedRow> rows;
  std::vector<std::uint32_t> children;  ///< of an interior page
};

/// Reads a page in clear; `overflow` gives the page of that number, or none when it is lost. Nothing for a
/// page that is no b-tree page. A row that cannot be read at all is left out.
using OverflowReader = std::function<std::optional<Bytes>(std::uint32_t page)>;
std::optional<SalvagedCells> read_cells(ByteView page, std::uint32_t number, const OverflowReader& overflow);

}  // namespace thuisbasis
