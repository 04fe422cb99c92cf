// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/floor.h"

#include <sqlite3.h>

#include "core/schema/field_codec.h"
#include "tools/transfer/imported_field.h"

namespace thuisbasis::bench {
namespace {

std::string quoted(const std::string& name) { return '"' + name + '"'; }
/// Of a field without a home: a name that no field of ours has.
std::string column_of(const ImportedFieldNumber& field) {
  return quoted("imported_" + std::string(field.name));
}

bool is_searched(const KindSchema& kind) {
  for (const FieldSchema& field : kind.fields)
    if (field.searched) return true;
  return false;
}

/// Column names of a kind's table in their order: fields, then what has no home.
std::vector<std::string> columns_of(const KindSchema& kind) {
  std::vector<std::string> names;
  for (const FieldSchema& field : kind.fields) names.push_back(quoted(field.name));
  for (const ImportedFieldNumber& field : known_imported_fields()) names.push_back(column_of(field));
  return names;
}

std::string column_of(const KindSchema& kind, std::uint32_t number) {
  if (const FieldSchema* field = kind.field(number)) return quoted(field->name);
  for (const ImportedFieldNumber& field : known_imported_fields())
    if (field.number == number) return column_of(field);
  return {};
}

std::string searched_columns(const KindSchema& kind) {
  std::string columns;
  for (const FieldSchema& field : kind.fields)
    if (field.searched) columns += ", " + quoted(field.name);
  return columns;
}

/// Views into the value are bound without a copy: it outlives the step.
void bind(sqlite3_stmt* statement, int place, const KindSchema& kind, const FieldWrite& write) {
  struct Binder {
    sqlite3_stmt* statement;
    int place;
    void operator()(std::monostate) const { sqlite3_bind_null(statement, place); }
    void operator()(std::int64_t number) const { sqlite3_bind_int64(statement, place, number); }
    void operator()(double number) const { sqlite3_bind_double(statement, place, number); }
    void operator()(std::string_view text) const {
      sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    void operator()(ByteView blob) const {
      sqlite3_bind_blob64(statement, place, blob.data(), blob.size(), SQLITE_STATIC);
    }
  };
  const Binder binder{statement, place};
  if (const FieldSchema* field = kind.field(write.field))
    return std::visit(binder, to_column(*field, write.value));
  if (write.value.shape == ValueShape::kNone) return binder(std::monostate());
  if (write.value.shape == ValueShape::kData) return binder(as_text(write.value.data));
  binder(static_cast<std::int64_t>(write.value.number));
}

}  // namespace

void Floor::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Floor::~Floor() {
  statements_.clear();
  sqlite3_close(database_);
}

Error Floor::problem(const std::string& doing) const {
  return {Code::kIo, doing + ": " + sqlite3_errmsg(database_)};
}

Result<std::unique_ptr<Floor>> Floor::open(const std::string& path, Search search) {
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  std::unique_ptr<Floor> floor(new Floor(database, search));
  if (result != SQLITE_OK) return floor->problem(path);
  TB_CHECK(
      floor->execute("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "PRAGMA wal_autocheckpoint=1000"));
  TB_CHECK(floor->make_tables());
  return floor;
}

Status Floor::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return problem(sql);
  return {};
}

Result<sqlite3_stmt*> Floor::prepared(const std::string& sql) {
  Statement& kept = statements_[sql];
  if (!kept) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v3(database_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
        SQLITE_OK)
      return problem(sql);
    kept.reset(made);
  }
  return kept.get();
}

Status Floor::run(sqlite3_stmt* statement) {
  int result = SQLITE_ROW;
  while (result == SQLITE_ROW) result = sqlite3_step(statement);
  sqlite3_reset(statement);
  if (result != SQLITE_DONE) return problem(sqlite3_sql(statement));
  return {};
}

Status Floor::make_tables() {
  TB_CHECK(execute("CREATE TABLE IF NOT EXISTS bare(row INTEGER PRIMARY KEY, number INTEGER NOT NULL)"));
  for (const KindSchema& kind : Schema::builtin().kinds()) {
    std::string columns;
    for (const std::string& name : columns_of(kind)) columns += ", " + name;
    TB_CHECK(execute("CREATE TABLE IF NOT EXISTS " + kind.table +
                     "(row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, family_id BLOB NOT NULL" + columns +
                     "); CREATE INDEX IF NOT EXISTS " + kind.table + "_by_family ON " + kind.table +
                     "(family_id)"));
    if (search_ == Search::kNone || !is_searched(kind)) continue;
    TB_CHECK(execute("CREATE VIRTUAL TABLE IF NOT EXISTS " + kind.table + "_search USING fts5(" +
                     searched_columns(kind).substr(2) + ", content='" + kind.table +
                     "', content_rowid='row', tokenize='unicode61 remove_diacritics 2')"));
  }
  return {};
}

Status Floor::begin() { return execute("BEGIN IMMEDIATE"); }
Status Floor::commit() { return execute("COMMIT"); }

Status Floor::bare_commit() {
  TB_TRY(sqlite3_stmt * row, prepared("INSERT INTO bare(number) VALUES (?)"));
  sqlite3_bind_int64(row, 1, ++commits_);
  return run(row);
}

Status Floor::write_durably(const CaseloadLine& line) {
  TB_CHECK(begin());
  TB_CHECK(write(line));
  return commit();
}

Status Floor::write(const CaseloadLine& line) {
  for (const RecordWrite& one : line.records) TB_CHECK(one.creates ? insert(line, one) : update(one));
  return {};
}

/// Tells the external-content index about a row, before it changes (remove) or after.
Status Floor::index_row(const KindSchema& kind, std::int64_t row, bool remove) {
  if (search_ == Search::kNone || !is_searched(kind)) return {};
  const std::string index = kind.table + "_search";
  TB_TRY(sqlite3_stmt * statement,
         prepared("INSERT INTO " + index + "(" + (remove ? index + ", " : "") + "rowid" +
                  searched_columns(kind) + ") SELECT " + (remove ? "'delete', " : "") + "row" +
                  searched_columns(kind) + " FROM " + kind.table + " WHERE row = ?"));
  sqlite3_bind_int64(statement, 1, row);
  return run(statement);
}

Status Floor::insert(const CaseloadLine& line, const RecordWrite& write) {
  std::string columns;
  std::string places;
  for (const FieldWrite& field : write.fields) {
    columns += ", " + column_of(*write.kind, field.field);
    places += ", ?";
  }
  TB_TRY(sqlite3_stmt * row, prepared("INSERT INTO " + write.kind->table + "(id, family_id" + columns +
                                      ") VALUES (?, ?" + places + ")"));
  sqlite3_bind_blob64(row, 1, write.id.view().data(), RecordId::kSize, SQLITE_STATIC);
  sqlite3_bind_blob64(row, 2, line.family.view().data(), RecordId::kSize, SQLITE_STATIC);
  int place = 2;
  for (const FieldWrite& field : write.fields) bind(row, ++place, *write.kind, field);
  TB_CHECK(run(row));
  return index_row(*write.kind, sqlite3_last_insert_rowid(database_), false);
}

Status Floor::update(const RecordWrite& write) {
  if (write.fields.empty()) return {};
  std::string settings;
  bool reindex = false;
  for (const FieldWrite& field : write.fields) {
    settings += (settings.empty() ? "" : ", ") + column_of(*write.kind, field.field) + " = ?";
    const FieldSchema* known = write.kind->field(field.field);
    reindex = reindex || (known != nullptr && known->searched);
  }
  std::int64_t found = 0;
  if (reindex && search_ == Search::kFts5) {
    TB_TRY(sqlite3_stmt * select, prepared("SELECT row FROM " + write.kind->table + " WHERE id = ?"));
    sqlite3_bind_blob64(select, 1, write.id.view().data(), RecordId::kSize, SQLITE_STATIC);
    if (sqlite3_step(select) == SQLITE_ROW) found = sqlite3_column_int64(select, 0);
    sqlite3_reset(select);
    TB_CHECK(index_row(*write.kind, found, true));
  }
  TB_TRY(sqlite3_stmt * row, prepared("UPDATE " + write.kind->table + " SET " + settings + " WHERE id = ?"));
  int place = 0;
  for (const FieldWrite& field : write.fields) bind(row, ++place, *write.kind, field);
  sqlite3_bind_blob64(row, ++place, write.id.view().data(), RecordId::kSize, SQLITE_STATIC);
  TB_CHECK(run(row));
  return found != 0 ? index_row(*write.kind, found, false) : Status();
}

Status Floor::copy_rows_of(Floor& other) {
  TB_CHECK(begin());
  for (const KindSchema& kind : Schema::builtin().kinds()) {
    std::string columns = "id, family_id";
    std::string places = "?, ?";
    for (const std::string& name : columns_of(kind)) {
      columns += ", " + name;
      places += ", ?";
    }
    TB_TRY(sqlite3_stmt * from,
           other.prepared("SELECT " + columns + " FROM " + kind.table + " ORDER BY row"));
    TB_TRY(sqlite3_stmt * to,
           prepared("INSERT INTO " + kind.table + "(" + columns + ") VALUES (" + places + ")"));
    while (sqlite3_step(from) == SQLITE_ROW) {
      for (int column = 0; column < sqlite3_column_count(from); ++column)
        sqlite3_bind_value(to, column + 1, sqlite3_column_value(from, column));
      TB_CHECK(run(to));
      TB_CHECK(index_row(kind, sqlite3_last_insert_rowid(database_), false));
    }
    sqlite3_reset(from);
  }
  return commit();
}

Result<std::size_t> Floor::families_and_goals_of(const RecordId& family) {
  TB_TRY(sqlite3_stmt * families, prepared("SELECT * FROM family ORDER BY row"));
  TB_TRY(sqlite3_stmt * goals, prepared("SELECT * FROM goal WHERE family_id = ? ORDER BY row"));
  sqlite3_bind_blob64(goals, 1, family.view().data(), RecordId::kSize, SQLITE_STATIC);
  std::size_t count = 0;
  for (sqlite3_stmt* rows : {families, goals}) {
    while (sqlite3_step(rows) == SQLITE_ROW) count += sqlite3_column_bytes(rows, 1) > 0 ? 1U : 0U;
    sqlite3_reset(rows);
  }
  return count;
}

}  // namespace thuisbasis::bench
