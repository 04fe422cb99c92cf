// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/schema/field_codec.h"
#include "core/store/record_store.h"

namespace thuisbasis {

/// The table of one record kind and its search index. Inside this room only; see RecordStore.
class RecordTable final {
 public:
  RecordTable(sqlite::Connection& connection, const KindSchema& kind, AuthorIndex& authors);

  const KindSchema& kind() const { return kind_; }

  Result<std::optional<StoredRecord>> load(CircleRow circle, const RecordId& id);
  Result<std::optional<StoredRecord>> load(const RecordId& id);
  Result<std::optional<StoredRecord>> load_row(std::int64_t row);
  Result<std::vector<StoredRecord>> list(const RecordQuery& query);
  /// All rows that hold fields without a column.
  Result<std::vector<StoredRecord>> with_unknown_fields();

  Result<std::int64_t> insert(CircleRow circle, const RecordState& state);
  Status update(const RecordState& state, const StoredRecord& before);
  Status erase(const StoredRecord& record);
  /// Writes a row again as it is, with the columns there are now.
  Status rewrite(const StoredRecord& record);

  Result<std::vector<ConflictedRecord>> conflicts(std::optional<CircleRow> circle);
  Result<std::int64_t> conflict_count();
  /// kDamaged when the search index is not that of the table.
  Status check_search();

 private:
  /// What a state looks like in columns.
  struct Cells;
  Result<Cells> cells_of(const RecordState& state) const;
  Status bind_cells(sqlite::Statement& row, const Cells& cells) const;
  Result<StoredRecord> read(const sqlite::Statement& row) const;
  /// What the index holds of a state: nothing when it is deleted, else a text (or NULL) per searched field.
  using SearchedTexts = std::optional<std::vector<std::optional<std::string>>>;
  SearchedTexts searched_texts(const RecordState& state) const;
  Status index(const std::string& sql, std::int64_t row, const SearchedTexts& texts);
  Status update_row(const RecordState& state, std::int64_t row);

  sqlite::Connection& connection_;
  const KindSchema& kind_;
  AuthorIndex& authors_;
  std::vector<const FieldSchema*> searched_;
  std::string select_;  // all columns, up to WHERE
  std::string select_in_circle_;
  std::string select_first_;
  std::string insert_;
  std::string update_;
  std::string add_to_index_;
  std::string take_from_index_;
};

}  // namespace thuisbasis
