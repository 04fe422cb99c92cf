// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "core/base/sqlite.h"
#include "core/merge/record_state.h"
#include "core/schema/schema.h"
#include "core/store/circles.h"

namespace thuisbasis {

class RecordTable;
class UnknownTable;

/// A record as it lies in the database.
struct StoredRecord {
  RecordState state;
  CircleRow circle{};
  std::int64_t row = 0;  ///< of its kind's table; 0 while it is not stored
  friend bool operator==(const StoredRecord&, const StoredRecord&) = default;
};

enum class Deleted : std::uint8_t { kLeaveOut, kInclude, kOnly };

/// A record without its content.
struct RecordPlace {
  std::uint32_t kind = 0;
  RecordId id;
  bool deleted = false;
  friend bool operator==(const RecordPlace&, const RecordPlace&) = default;
};

/// Which records to read, and how many at a time: the next page starts after the last one's row.
struct RecordQuery {
  std::uint32_t kind = 0;
  std::optional<CircleRow> circle;
  Deleted deleted = Deleted::kLeaveOut;
  std::int64_t after_row = 0;
  std::size_t limit = 0;  ///< 0: all
};

/// A record in which something waits for a person.
struct ConflictedRecord {
  std::uint32_t kind = 0;
  RecordId id;
  CircleRow circle{};
  std::int64_t row = 0;
  std::vector<std::string> fields;  ///< those with more than one value, by name
  bool deleted_while_edited = false;
};

/// The typed tables: one row a record, one column a field, and beside them what only the merge needs (DESIGN
/// 4, Storage). Keeps the search index in step: it holds exactly the records that are present. Records of
/// unknown kinds lie in tb_unknown_record. A record id may stand in two circles; they are two records. Writes
/// belong in the caller's transaction. The arguments must outlive it; one thread at a time.
class RecordStore final {
 public:
  RecordStore(sqlite::Connection& connection, const Schema& schema, AuthorIndex& authors);
  ~RecordStore();
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  Result<std::optional<StoredRecord>> load(CircleRow circle, std::uint32_t kind, const RecordId& id);
  /// In whichever circle it is; of several the one stored first.
  Result<std::optional<StoredRecord>> load(std::uint32_t kind, const RecordId& id);
  Result<std::optional<StoredRecord>> load_row(std::uint32_t kind, std::int64_t row);
  /// Of whatever kind: known kinds first.
  Result<std::optional<StoredRecord>> find(const RecordId& id);
  Result<std::vector<StoredRecord>> list(const RecordQuery& query);
  /// The kinds of stored records that the schema has no name for, in ascending order.
  Result<std::vector<std::uint32_t>> kinds_without_name();

  /// Writes a state over the one it was loaded as (null: the record is new) and answers its row. Touches
  /// nothing when they are equal, and the search index only where a searched text changed. kDamaged when
  /// `before` is not what lies there; the circle's digest is the caller's.
  Result<std::int64_t> write(CircleRow circle, const RecordState& state, const StoredRecord* before);

  /// Takes all records of a circle out of tables and search index, to be merged again from the circle's
  /// changes, and says which there were.
  Result<std::vector<RecordPlace>> erase_circle(CircleRow circle);

  Result<std::vector<ConflictedRecord>> conflicts(std::optional<CircleRow> circle = {});
  Result<std::uint64_t> conflict_count();
  /// How many records there are, deleted ones and unknown kinds too.
  Result<std::uint64_t> record_count();
  /// Records of a circle that are not deleted.
  Result<std::uint64_t> present_count(CircleRow circle);
  /// All records of a circle, deleted ones and unknown kinds too, summed again from their rows.
  Result<StateDigest> recompute_digest(CircleRow circle);
  /// After a migration: records of kinds that have a table now move into it, and fields that have a column
  /// now are written there.
  Status adopt_unknown();
  /// One sentence for each search index that does not match its table; empty when all do. Reads everything.
  Result<std::vector<std::string>> check_search();

 private:
  RecordTable* table(std::uint32_t kind);  // null for an unknown kind

  sqlite::Connection& connection_;
  std::vector<std::unique_ptr<RecordTable>> tables_;  // in the order of the schema's kinds
  std::unique_ptr<UnknownTable> unknown_;
};

}  // namespace thuisbasis
