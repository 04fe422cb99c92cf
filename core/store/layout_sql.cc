// SPDX-License-Identifier: EUPL-1.2
#include "core/store/layout_sql.h"

#include "core/store/schema_names.h"

namespace thuisbasis {

// What a local write touches is kept small and apart from what is large: one row of tb_circle, one of
// tb_change. tb_confirmed stands beside tb_bundle so that a receipt rewrites no sealed bytes; tb_unsettled
// says which bundles the relay is not known to hold, so that no sync reads the whole past for them.
const char kEngineTables[] = R"sql(
CREATE TABLE tb_value(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE tb_author(number INTEGER PRIMARY KEY, device BLOB NOT NULL, instance BLOB NOT NULL,
  UNIQUE(device, instance));
CREATE TABLE tb_circle(circle INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, dossier BLOB NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, subject BLOB NOT NULL, digest BLOB NOT NULL, time INTEGER NOT NULL DEFAULT 0,
  cursor INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, mark BLOB);
CREATE TABLE tb_epoch_key(circle INTEGER NOT NULL, epoch INTEGER NOT NULL, secret BLOB NOT NULL,
  PRIMARY KEY(circle, epoch)) WITHOUT ROWID;
CREATE TABLE tb_membership(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, number INTEGER NOT NULL,
  sequence INTEGER, entry BLOB NOT NULL, archive_wrap BLOB, UNIQUE(circle, number));
CREATE INDEX tb_membership_unconfirmed ON tb_membership(circle) WHERE sequence IS NULL;
CREATE TABLE tb_frontier(circle INTEGER NOT NULL, author INTEGER NOT NULL, number INTEGER NOT NULL,
  frozen INTEGER NOT NULL, chain BLOB NOT NULL, PRIMARY KEY(circle, author)) WITHOUT ROWID;
CREATE TABLE tb_seen(circle INTEGER NOT NULL, author INTEGER NOT NULL, other INTEGER NOT NULL,
  number INTEGER NOT NULL, PRIMARY KEY(circle, author, other)) WITHOUT ROWID;
CREATE TABLE tb_change(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, author INTEGER NOT NULL,
  number INTEGER NOT NULL, time INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE(circle, author, number));
CREATE TABLE tb_bundle(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, author INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, own INTEGER NOT NULL, epoch INTEGER NOT NULL,
  signed_time INTEGER NOT NULL, chain BLOB NOT NULL, withheld INTEGER NOT NULL, bytes BLOB NOT NULL,
  UNIQUE(circle, author, last));
CREATE INDEX tb_bundle_circle ON tb_bundle(circle);
CREATE TABLE tb_confirmed(bundle INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, receipt INTEGER,
  doubted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE tb_unsettled(circle INTEGER NOT NULL, bundle INTEGER NOT NULL, PRIMARY KEY(circle, bundle)) WITHOUT ROWID;
CREATE TABLE tb_receipt(receipt INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE tb_returned(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, author INTEGER NOT NULL,
  number INTEGER NOT NULL, reason INTEGER NOT NULL, detail TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,
  UNIQUE(circle, author, number));
CREATE TABLE tb_reissued(circle INTEGER NOT NULL, author INTEGER NOT NULL, number INTEGER NOT NULL,
  new_author INTEGER NOT NULL, new_number INTEGER NOT NULL, PRIMARY KEY(circle, author, number)) WITHOUT ROWID;
CREATE TABLE tb_quarantine(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, sequence INTEGER NOT NULL,
  reason INTEGER NOT NULL, detail TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,
  asks_left INTEGER NOT NULL DEFAULT 0);
CREATE INDEX tb_quarantine_place ON tb_quarantine(circle, sequence);
CREATE TABLE tb_journal(row INTEGER PRIMARY KEY, at INTEGER NOT NULL, remark INTEGER NOT NULL, circle INTEGER NOT NULL,
  kind INTEGER NOT NULL, record BLOB NOT NULL, field INTEGER NOT NULL, author INTEGER NOT NULL,
  number INTEGER NOT NULL);
CREATE TABLE tb_unknown_record(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, kind INTEGER NOT NULL,
  id BLOB NOT NULL, deleted INTEGER NOT NULL, clocks BLOB NOT NULL, unknown BLOB,
  concurrent BLOB, UNIQUE(id, kind, circle));
CREATE INDEX tb_unknown_record_circle ON tb_unknown_record(circle);
CREATE TABLE tb_kind(kind INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE tb_field(kind INTEGER NOT NULL, field INTEGER NOT NULL, name TEXT NOT NULL, rule INTEGER NOT NULL,
  type TEXT NOT NULL, searched INTEGER NOT NULL, PRIMARY KEY(kind, field)) WITHOUT ROWID;
)sql";

const std::array<LayoutStep, 1> kLayoutSteps{{
    {2,
     "ALTER TABLE tb_circle ADD COLUMN mark BLOB; "
     "CREATE INDEX IF NOT EXISTS tb_quarantine_place ON tb_quarantine(circle, sequence)"},
}};

std::string_view column_type_name(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return "INTEGER";
    case ColumnType::kReal:
      return "REAL";
    case ColumnType::kBlob:
      return "BLOB";
    case ColumnType::kText:
    case ColumnType::kJsonArray:
      break;
  }
  return "TEXT";
}

std::string create_record_table(const KindSchema& kind) {
  std::string sql =
      "CREATE TABLE " + quoted(kind.table) +
      "(_row INTEGER PRIMARY KEY, _id BLOB NOT NULL, _circle INTEGER NOT NULL, "
      "_deleted INTEGER NOT NULL, _time INTEGER NOT NULL, _conflicts TEXT, _clocks BLOB NOT NULL, "
      "_unknown BLOB, _concurrent BLOB";
  for (const FieldSchema& field : kind.fields)
    sql.append(", ").append(quoted(field.name)).append(" ").append(column_type_name(field.column));
  sql += ");\n";
  const auto index = [&](std::string_view name, std::string_view what) {
    return "INDEX " + quoted(kind.table + "_" + std::string(name)) + " ON " + quoted(kind.table) +
           std::string(what);
  };
  sql += "CREATE UNIQUE " + index("by_id", "(_id, _circle);\n");
  sql += "CREATE " + index("by_circle", "(_circle);\n");
  sql += "CREATE " + index("in_conflict", "(_circle) WHERE _conflicts IS NOT NULL;\n");
  return sql;
}

std::string add_column(const KindSchema& kind, const FieldSchema& field) {
  return "ALTER TABLE " + quoted(kind.table) + " ADD COLUMN " + quoted(field.name) + " " +
         std::string(column_type_name(field.column)) + ";\n";
}

std::string create_search(const KindSchema& kind) {
  std::string columns;
  for (const FieldSchema& field : kind.fields)
    if (field.searched) columns.append(columns.empty() ? "" : ", ").append(quoted(field.name));
  if (columns.empty()) return {};
  const std::string view = quoted(shown_view(kind));
  const std::string index = quoted(search_table(kind));
  return "CREATE VIEW " + view + " AS SELECT _row, " + columns + " FROM " + quoted(kind.table) +
         " WHERE _deleted = 0;\nCREATE VIRTUAL TABLE " + index + " USING fts5(" + columns + ", content='" +
         shown_view(kind) +
         "', content_rowid='_row', tokenize='unicode61 remove_diacritics 2');\nINSERT INTO " + index + "(" +
         index + ") VALUES ('rebuild');\nINSERT INTO " + index + "(" + index +
         ", rank) VALUES ('automerge', 0);\n";  // merge_search() does that work, when nobody waits
}

std::string drop_search(std::string_view table) {
  const std::string name(table);
  return "DROP TABLE IF EXISTS " + quoted(name + "_search") + ";\nDROP VIEW IF EXISTS " +
         quoted(name + "_shown") + ";\n";
}

}  // namespace thuisbasis
