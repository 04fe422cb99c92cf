// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>

#include "core/merge/record_state.h"

namespace thuisbasis {

/// The small numbers that stand for authors in one vault. The store implements it.
class AuthorTable {
 public:
  virtual ~AuthorTable() = default;
  /// The author's number; a new author gets one.
  virtual Result<std::uint32_t> index_of(const Author& author) = 0;
  /// kDamaged for a number that was never given out.
  virtual Result<Author> author_at(std::uint32_t index) = 0;
};

/// What a typed table's column can hold of a field.
struct ColumnField {
  std::uint32_t number = 0;
  Rule rule = Rule::kRegister;
  ValueShape shape = ValueShape::kNone;
  bool single = true;  ///< the column holds the shown value; false for sets, repeated fields and counters
  bool real = false;   ///< kept as a floating point number, which loses NaN and the sign of zero
  bool text = false;   ///< kept as text: valid UTF-8 without zero bytes
};

/// Whether the column gives this value back exactly. kNone fits (as NULL); a value of another shape than the
/// schema's does not, and is kept beside the column.
bool fits_column(const ColumnField& column, const FieldValue& value);

/// What a row keeps beside its typed columns. Empty blobs are stored as NULL.
struct RowBlobs {
  Bytes clocks;      ///< creation, and dot and time of every value that stands in a column
  Bytes unknown;     ///< fields that have no column, whole
  Bytes concurrent;  ///< of fields that have one: all entries the column does not hold; deletions, unknown
                     ///< rules
};

/// Splits a state. The values for the columns are `shown(...)` of the single fields, NULL where !fits_column.
/// `columns` sorted by number. Errors are the table's.
Result<RowBlobs> encode_row(const RecordState& state, std::span<const ColumnField> columns,
                            AuthorTable& authors);

/// Puts a state together again: decode_row(encode_row(s)) == s, also when `columns` grew in between: a field
/// that has a column now is still found among the unknown ones. `values` are the columns' values in the order
/// of `columns`, kNone for NULL; those of columns that are not `single` are ignored. kDamaged for bytes that
/// cannot be read, kSchemaTooNew when a value stood in a column that is not in `columns`.
Result<RecordState> decode_row(std::uint32_t kind, const RecordId& id, ByteView clocks, ByteView unknown,
                               ByteView concurrent, std::span<const ColumnField> columns,
                               std::vector<FieldValue> values, AuthorTable& authors);

}  // namespace thuisbasis
