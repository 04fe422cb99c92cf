// SPDX-License-Identifier: EUPL-1.2
#include "core/store/record_table.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>

#include "core/base/planted_bug.h"
#include "core/merge/row_codec.h"
#include "core/store/json_array.h"
#include "core/store/row_access.h"
#include "core/store/schema_names.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kDeletedWhileEdited = "_deleted";

// Positions in select_.
constexpr int kRowColumn = 0;
constexpr int kIdColumn = 1;
constexpr int kCircleColumn = 2;
constexpr int kClocksColumn = 3;
constexpr int kUnknownColumn = 4;
constexpr int kConcurrentColumn = 5;
constexpr int kFirstField = 6;

std::string decimal(auto number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

void add_element(JsonArray& array, const FieldSchema& field, const FieldValue& element) {
  struct Writer {
    JsonArray& array;
    void operator()(std::monostate) const { array.add_literal("null"); }
    void operator()(std::int64_t value) const { array.add_literal(decimal(value)); }
    void operator()(std::uint64_t value) const { array.add_literal(decimal(value)); }
    void operator()(double value) const { array.add_literal(decimal(value)); }
    void operator()(bool value) const { array.add_literal(value ? "true" : "false"); }
    void operator()(const EnumValue& value) const { array.add_literal(decimal(value.number)); }
    void operator()(const std::string& value) const { array.add_text(value); }
    void operator()(const Bytes& value) const { array.add_text(to_base64url(value)); }
  };
  std::visit(Writer{array}, to_typed(field, element));
}

ColumnValue read_cell(const sqlite::Statement& row, int column) {
  switch (row.column_type(column)) {
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    case SQLITE_TEXT:
      return row.text(column);
    case SQLITE_BLOB:
      return row.blob(column);
    default:
      return std::monostate();
  }
}

std::int64_t newest_ms(const RecordState& state) {
  HybridTime newest = state.created_time;
  for (const auto& [key, field] : state.fields)
    for (const Entry& entry : field.entries) newest = std::max(newest, entry.time);
  return newest.ms();
}

void bind_cell(sqlite::Statement& row, int position, const ColumnValue& value) {
  struct Binder {
    sqlite::Statement& row;
    int position;
    void operator()(std::monostate) const { row.bind_null(position); }
    void operator()(std::int64_t integer) const { row.bind(position, integer); }
    void operator()(double real) const { row.bind(position, real); }
    void operator()(std::string_view text) const { row.bind(position, text); }
    void operator()(ByteView blob) const { row.bind(position, blob); }
  };
  std::visit(Binder{row, position}, value);
}

/// The value of a single field's column; the view points into the state.
ColumnValue shown_cell(const RecordState& state, const FieldSchema& field) {
  const Entry* entry = shown(state.field(field.number, field.rule));
  if (entry == nullptr || entry->removed) return std::monostate();
  return to_column(field, entry->value);
}

/// The text of a column that holds many values; none for a field without entries.
std::optional<std::string> elements_json(const RecordState& state, const FieldSchema& field) {
  const FieldState* entries = state.field(field.number, field.rule);
  if (entries == nullptr) return std::nullopt;
  JsonArray array;
  for (const FieldValue& element : elements(*entries)) add_element(array, field, element);
  return std::move(array).take();
}

}  // namespace

struct RecordTable::Cells {
  RowBlobs blobs;
  bool deleted = false;
  std::int64_t time = 0;
  std::optional<std::string> conflicts;
  std::vector<ColumnValue> fields;  // views into the state or into `texts`
  std::vector<std::string> texts;
};

RecordTable::RecordTable(sqlite::Connection& connection, const KindSchema& kind, AuthorIndex& authors)
    : connection_(connection), kind_(kind), authors_(authors) {
  const std::string table = quoted(kind.table);
  const std::string search = quoted(search_table(kind));
  std::string columns;
  std::string places;
  std::string settings;
  std::string searched;
  std::string searched_places;
  for (std::size_t i = 0; i < kind.fields.size(); ++i) {
    const FieldSchema& field = kind.fields[i];
    const std::string place = "?" + std::to_string(i + 7);
    columns.append(", ").append(quoted(field.name));
    places.append(", ").append(place);
    settings.append(", ").append(quoted(field.name)).append(" = ").append(place);
    if (!field.searched) continue;
    searched_.push_back(&field);
    searched.append(", ").append(quoted(field.name));
    searched_places += ", ?";
  }
  select_ = "SELECT _row, _id, _circle, _clocks, _unknown, _concurrent" + columns + " FROM " + table + " ";
  select_in_circle_ = select_ + "WHERE _id = ? AND _circle = ?";
  // The index alone says which row is the first: ORDER BY would sort whole rows.
  select_first_ = select_ + "WHERE _row = (SELECT min(_row) FROM " + table + " WHERE _id = ?)";
  const std::string last = "?" + std::to_string(kind.fields.size() + 7);
  const std::string circle = "?" + std::to_string(kind.fields.size() + 8);
  insert_ = "INSERT INTO " + table + "(_deleted, _time, _conflicts, _clocks, _unknown, _concurrent" +
            columns + ", _id, _circle) VALUES (?1, ?2, ?3, ?4, ?5, ?6" + places + ", " + last + ", " +
            circle + ")";
  update_ = "UPDATE " + table +
            " SET _deleted = ?1, _time = ?2, _conflicts = ?3, _clocks = ?4, _unknown = ?5, _concurrent = ?6" +
            settings + " WHERE _row = " + last;
  add_to_index_ = "INSERT INTO " + search + "(rowid" + searched + ") VALUES (?" + searched_places + ")";
  take_from_index_ = "INSERT INTO " + search + "(" + search + ", rowid" + searched + ") VALUES ('delete', ?" +
                     searched_places + ")";
}

Result<StoredRecord> RecordTable::read(const sqlite::Statement& row) const {
  StoredRecord record;
  record.row = row.integer(kRowColumn);
  record.circle = CircleRow{row.integer(kCircleColumn)};
  TB_TRY(const RecordId id, RecordId::from(row.blob(kIdColumn)));
  std::vector<FieldValue> values(kind_.fields.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (kind_.columns[i].single)
      values[i] = from_column(kind_.fields[i], read_cell(row, kFirstField + static_cast<int>(i)));
  TB_TRY(record.state, decode_row(kind_.number, id, row.blob(kClocksColumn), row.blob(kUnknownColumn),
                                  row.blob(kConcurrentColumn), kind_.columns, std::move(values), authors_));
  return record;
}

Result<std::optional<StoredRecord>> RecordTable::load(CircleRow circle, const RecordId& id) {
  TB_TRY(sqlite::Statement * row, connection_.cached(select_in_circle_));
  return first_of(row->bind(1, id).bind(2, key(circle)),
                  [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::optional<StoredRecord>> RecordTable::load(const RecordId& id) {
  TB_TRY(sqlite::Statement * row, connection_.cached(select_first_));
  return first_of(row->bind(1, id), [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::optional<StoredRecord>> RecordTable::load_row(std::int64_t row_number) {
  TB_TRY(sqlite::Statement * row, connection_.cached(select_ + "WHERE _row = ?"));
  return first_of(row->bind(1, row_number), [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::vector<StoredRecord>> RecordTable::list(const RecordQuery& query) {
  std::string condition = "WHERE _row > ?1";
  if (query.circle) condition += " AND _circle = ?2";
  if (query.deleted != Deleted::kInclude)
    condition += query.deleted == Deleted::kOnly ? " AND _deleted" : " AND NOT _deleted";
  TB_TRY(sqlite::Statement * rows, connection_.cached(select_ + condition + " ORDER BY _row LIMIT ?3"));
  rows->bind(1, query.after_row)
      .bind(3, query.limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(query.limit));
  if (query.circle) rows->bind(2, key(*query.circle));
  return all_of(*rows, [&](const sqlite::Statement& found) { return read(found); });
}

Result<std::vector<StoredRecord>> RecordTable::with_unknown_fields() {
  TB_TRY(sqlite::Statement * rows, connection_.cached(select_ + "WHERE _unknown IS NOT NULL ORDER BY _row"));
  return all_of(*rows, [&](const sqlite::Statement& found) { return read(found); });
}

Result<RecordTable::Cells> RecordTable::cells_of(const RecordState& state) const {
  Cells cells;
  TB_TRY(cells.blobs, encode_row(state, kind_.columns, authors_));
  const Presence present = presence(state, kind_.append_only);
  cells.deleted = present == Presence::kDeleted;
  cells.time = newest_ms(state);
  cells.fields.resize(kind_.fields.size());
  cells.texts.reserve(kind_.fields.size());
  JsonArray conflicts;
  if (present == Presence::kDeletedWhileEdited) conflicts.add_text(kDeletedWhileEdited);
  for (std::size_t i = 0; i < kind_.fields.size(); ++i) {
    const FieldSchema& field = kind_.fields[i];
    if (const FieldState* entries = state.field(field.number, field.rule);
        entries != nullptr && in_conflict(*entries))
      conflicts.add_text(field.name);
    if (field.rule == Rule::kCounter) {
      if (const FieldState* entries = state.field(field.number, field.rule))
        cells.fields[i] = total(*entries);
    } else if (field.repeated) {
      if (std::optional<std::string> json = elements_json(state, field))
        cells.fields[i] = std::string_view(cells.texts.emplace_back(std::move(*json)));
    } else {
      cells.fields[i] = shown_cell(state, field);
    }
  }
  if (!conflicts.empty()) cells.conflicts = std::move(conflicts).take();
  return cells;
}

Status RecordTable::bind_cells(sqlite::Statement& row, const Cells& cells) const {
  row.bind(1, cells.deleted ? 1 : 0).bind(2, cells.time);
  cells.conflicts ? row.bind(3, std::string_view(*cells.conflicts)) : row.bind_null(3);
  row.bind(4, cells.blobs.clocks);
  bind_or_null(row, 5, cells.blobs.unknown);
  bind_or_null(row, 6, cells.blobs.concurrent);
  for (std::size_t i = 0; i < cells.fields.size(); ++i)
    bind_cell(row, static_cast<int>(i) + 7, cells.fields[i]);
  return {};
}

RecordTable::SearchedTexts RecordTable::searched_texts(const RecordState& state) const {
  if (searched_.empty() || presence(state, kind_.append_only) == Presence::kDeleted) return std::nullopt;
  std::vector<std::optional<std::string>> texts;
  texts.reserve(searched_.size());
  for (const FieldSchema* field : searched_) {
    if (field->repeated) {
      texts.push_back(elements_json(state, *field));
      continue;
    }
    const ColumnValue cell = shown_cell(state, *field);
    const auto* text = std::get_if<std::string_view>(&cell);
    texts.push_back(text != nullptr ? std::optional<std::string>(*text) : std::nullopt);
  }
  return texts;
}

Status RecordTable::index(const std::string& sql, std::int64_t row_number, const SearchedTexts& texts) {
  if (!texts) return {};
  TB_TRY(sqlite::Statement * row, connection_.cached(sql));
  row->bind(1, row_number);
  for (std::size_t i = 0; i < texts->size(); ++i) {
    const std::optional<std::string>& text = (*texts)[i];
    const int position = static_cast<int>(i) + 2;
    text ? row->bind(position, std::string_view(*text)) : row->bind_null(position);
  }
  return row->run();
}

Result<std::int64_t> RecordTable::insert(CircleRow circle, const RecordState& state) {
  TB_TRY(const Cells cells, cells_of(state));
  TB_TRY(sqlite::Statement * row, connection_.cached(insert_));
  TB_CHECK(bind_cells(*row, cells));
  const int after_fields = static_cast<int>(kind_.fields.size()) + 7;
  TB_CHECK(row->bind(after_fields, state.id).bind(after_fields + 1, key(circle)).run());
  const std::int64_t row_number = connection_.last_insert_rowid();
  TB_CHECK(index(add_to_index_, row_number, searched_texts(state)));
  return row_number;
}

Status RecordTable::update_row(const RecordState& state, std::int64_t row_number) {
  TB_TRY(const Cells cells, cells_of(state));
  TB_TRY(sqlite::Statement * row, connection_.cached(update_));
  TB_CHECK(bind_cells(*row, cells));
  TB_CHECK(row->bind(static_cast<int>(kind_.fields.size()) + 7, row_number).run());
  if (connection_.changes() != 1)
    return Error(Code::kDamaged, kind_.table + " has no row " + std::to_string(row_number));
  return {};
}

Status RecordTable::update(const RecordState& state, const StoredRecord& before) {
  if (is_planted(PlantedBug::kSearchLeftBehind)) return update_row(state, before.row);
  const SearchedTexts old_texts = searched_texts(before.state);
  const SearchedTexts new_texts = searched_texts(state);
  // The index takes what it held first, while the view still shows it.
  if (old_texts != new_texts) TB_CHECK(index(take_from_index_, before.row, old_texts));
  TB_CHECK(update_row(state, before.row));
  if (old_texts != new_texts) TB_CHECK(index(add_to_index_, before.row, new_texts));
  return {};
}

Status RecordTable::erase(const StoredRecord& record) {
  TB_CHECK(index(take_from_index_, record.row, searched_texts(record.state)));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("DELETE FROM " + quoted(kind_.table) + " WHERE _row = ?"));
  return row->bind(1, record.row).run();
}

Status RecordTable::rewrite(const StoredRecord& record) { return update_row(record.state, record.row); }

Result<std::vector<ConflictedRecord>> RecordTable::conflicts(std::optional<CircleRow> circle) {
  const std::string sql = "SELECT t._row, t._id, t._circle, j.value FROM " + quoted(kind_.table) +
                          " t, json_each(t._conflicts) j WHERE t._conflicts IS NOT NULL AND NOT t._deleted" +
                          (circle ? " AND t._circle = ?" : "") + " ORDER BY t._row, j.key";
  TB_TRY(sqlite::Statement * rows, connection_.cached(sql));
  if (circle) rows->bind(1, key(*circle));
  std::vector<ConflictedRecord> records;
  for (;;) {
    TB_TRY(const bool found, rows->step());
    if (!found) return records;
    if (records.empty() || records.back().row != rows->integer(0)) {
      Result<RecordId> id = RecordId::from(rows->blob(1));
      if (!id) {
        rows->reset();
        return std::move(id.error());
      }
      ConflictedRecord& record = records.emplace_back();
      record.kind = kind_.number;
      record.id = *id;
      record.circle = CircleRow{rows->integer(2)};
      record.row = rows->integer(0);
    }
    if (rows->text(3) == kDeletedWhileEdited) {
      records.back().deleted_while_edited = true;
    } else {
      records.back().fields.emplace_back(rows->text(3));
    }
  }
}

Result<std::int64_t> RecordTable::conflict_count() {
  return connection_.query_integer("SELECT count(*) FROM " + quoted(kind_.table) +
                                   " WHERE _conflicts IS NOT NULL AND NOT _deleted");
}

Status RecordTable::check_search() {
  if (searched_.empty()) return {};
  const std::string search = quoted(search_table(kind_));
  // Rank 1: also compare with what the view shows now, not only the index with itself.
  return connection_.execute("INSERT INTO " + search + "(" + search +
                             ", rank) VALUES ('integrity-check', 1)");
}

}  // namespace thuisbasis
