// SPDX-License-Identifier: EUPL-1.2
#include "core/store/unknown_table.h"

#include "core/merge/row_codec.h"
#include "core/store/row_access.h"

namespace thuisbasis {

Result<StoredRecord> UnknownTable::read(const sqlite::Statement& row) const {
  StoredRecord record;
  record.row = row.integer(0);
  record.circle = CircleRow{row.integer(1)};
  TB_TRY(const RecordId id, RecordId::from(row.blob(3)));
  TB_TRY(record.state, decode_row(static_cast<std::uint32_t>(row.integer(2)), id, row.blob(4), row.blob(5),
                                  row.blob(6), {}, {}, authors_));
  return record;
}

Result<sqlite::Statement*> UnknownTable::select(std::string_view condition) {
  return connection_.cached(
      "SELECT row, circle, kind, id, clocks, unknown, concurrent FROM tb_unknown_record WHERE " +
      std::string(condition));
}

Result<std::optional<StoredRecord>> UnknownTable::load(CircleRow circle, std::uint32_t kind,
                                                       const RecordId& id) {
  TB_TRY(sqlite::Statement * row, select("id = ? AND kind = ? AND circle = ?"));
  return first_of(row->bind(1, id).bind(2, kind).bind(3, key(circle)),
                  [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::optional<StoredRecord>> UnknownTable::load(std::uint32_t kind, const RecordId& id) {
  TB_TRY(sqlite::Statement * row, select("id = ? AND kind = ? ORDER BY row LIMIT 1"));
  return first_of(row->bind(1, id).bind(2, kind),
                  [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::optional<StoredRecord>> UnknownTable::load_row(std::int64_t row_number) {
  TB_TRY(sqlite::Statement * row, select("row = ?"));
  return first_of(row->bind(1, row_number), [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::optional<StoredRecord>> UnknownTable::find(const RecordId& id) {
  TB_TRY(sqlite::Statement * row, select("id = ? ORDER BY row LIMIT 1"));
  return first_of(row->bind(1, id), [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::vector<StoredRecord>> UnknownTable::list(const RecordQuery& query) {
  std::string condition = "row > ?1 AND kind = ?2";
  if (query.deleted != Deleted::kInclude)
    condition += query.deleted == Deleted::kOnly ? " AND deleted" : " AND NOT deleted";
  if (query.circle) condition += " AND circle = ?4";
  TB_TRY(sqlite::Statement * rows, select(condition + " ORDER BY row LIMIT ?3"));
  rows->bind(1, query.after_row).bind(2, query.kind);
  rows->bind(3, query.limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(query.limit));
  if (query.circle) rows->bind(4, key(*query.circle));
  return all_of(*rows, [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::vector<std::uint32_t>> UnknownTable::kinds() {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT DISTINCT kind FROM tb_unknown_record ORDER BY kind"));
  return all_of(*rows, [](const sqlite::Statement& found) -> Result<std::uint32_t> {
    return static_cast<std::uint32_t>(found.integer(0));
  });
}

Result<std::vector<StoredRecord>> UnknownTable::in_circle(CircleRow circle) {
  TB_TRY(sqlite::Statement * rows, select("circle = ? ORDER BY row"));
  return all_of(rows->bind(1, key(circle)), [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::int64_t> UnknownTable::insert(CircleRow circle, const RecordState& state) {
  TB_TRY(const RowBlobs blobs, encode_row(state, {}, authors_));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "INSERT INTO tb_unknown_record(circle, kind, id, deleted, clocks, unknown, concurrent) "
             "VALUES (?, ?, ?, ?, ?, ?, ?)"));
  row->bind(1, key(circle)).bind(2, state.kind).bind(3, state.id);
  row->bind(4, presence(state, false) == Presence::kDeleted ? 1 : 0).bind(5, blobs.clocks);
  bind_or_null(*row, 6, blobs.unknown);
  bind_or_null(*row, 7, blobs.concurrent);
  TB_CHECK(row->run());
  return connection_.last_insert_rowid();
}

Status UnknownTable::update(const RecordState& state, std::int64_t row_number) {
  TB_TRY(const RowBlobs blobs, encode_row(state, {}, authors_));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "UPDATE tb_unknown_record SET deleted = ?2, clocks = ?3, unknown = ?4, concurrent = ?5 "
             "WHERE row = ?1"));
  row->bind(1, row_number)
      .bind(2, presence(state, false) == Presence::kDeleted ? 1 : 0)
      .bind(3, blobs.clocks);
  bind_or_null(*row, 4, blobs.unknown);
  bind_or_null(*row, 5, blobs.concurrent);
  TB_CHECK(row->run());
  if (connection_.changes() != 1)
    return Error(Code::kDamaged, "tb_unknown_record has no row " + std::to_string(row_number));
  return {};
}

Status UnknownTable::erase(std::int64_t row_number) {
  TB_TRY(sqlite::Statement * row, connection_.cached("DELETE FROM tb_unknown_record WHERE row = ?"));
  return row->bind(1, row_number).run();
}

}  // namespace thuisbasis
