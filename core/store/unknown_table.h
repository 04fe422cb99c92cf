// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <vector>

#include "core/store/record_store.h"

namespace thuisbasis {

/// Records of kinds that this version has no name for, whole: they merge, count in digests and wait for the
/// version that knows them. Inside this room only; see RecordStore.
class UnknownTable final {
 public:
  UnknownTable(sqlite::Connection& connection, AuthorIndex& authors)
      : connection_(connection), authors_(authors) {}

  Result<std::optional<StoredRecord>> load(CircleRow circle, std::uint32_t kind, const RecordId& id);
  Result<std::optional<StoredRecord>> load(std::uint32_t kind, const RecordId& id);
  Result<std::optional<StoredRecord>> load_row(std::int64_t row);
  Result<std::optional<StoredRecord>> find(const RecordId& id);
  Result<std::vector<StoredRecord>> list(const RecordQuery& query);
  /// In ascending order.
  Result<std::vector<std::uint32_t>> kinds();
  Result<std::vector<StoredRecord>> in_circle(CircleRow circle);

  Result<std::int64_t> insert(CircleRow circle, const RecordState& state);
  Status update(const RecordState& state, std::int64_t row);
  Status erase(std::int64_t row);

 private:
  Result<StoredRecord> read(const sqlite::Statement& row) const;
  Result<sqlite::Statement*> select(std::string_view condition);

  sqlite::Connection& connection_;
  AuthorIndex& authors_;
};

}  // namespace thuisbasis
