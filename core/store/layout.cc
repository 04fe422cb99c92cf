// SPDX-License-Identifier: EUPL-1.2
#include "core/store/layout.h"

#include <map>
#include <set>

#include "core/store/layout_sql.h"
#include "core/store/record_store.h"
#include "core/store/row_access.h"
#include "core/store/schema_names.h"

namespace thuisbasis {
namespace {

/// A field as the file knows it.
struct KnownField {
  std::string name;
  std::uint8_t rule = 0;
  std::string type;
  bool searched = false;
};
struct KnownKind {
  std::string table;
  std::map<std::uint32_t, KnownField> fields;
};
using KnownSchema = std::map<std::uint32_t, KnownKind>;

Result<KnownSchema> read_known(sqlite::Connection& connection) {
  KnownSchema known;
  TB_TRY(sqlite::Statement kinds, connection.prepare("SELECT kind, name FROM tb_kind"));
  for (;;) {
    TB_TRY(const bool row, kinds.step());
    if (!row) break;
    known[static_cast<std::uint32_t>(kinds.integer(0))].table = kinds.text(1);
  }
  TB_TRY(sqlite::Statement fields,
         connection.prepare("SELECT kind, field, name, rule, type, searched FROM tb_field"));
  for (;;) {
    TB_TRY(const bool row, fields.step());
    if (!row) break;
    known[static_cast<std::uint32_t>(fields.integer(0))]
        .fields[static_cast<std::uint32_t>(fields.integer(1))] = {
        std::string(fields.text(2)), static_cast<std::uint8_t>(fields.integer(3)),
        std::string(fields.text(4)), fields.integer(5) != 0};
  }
  return known;
}

/// Type and whether there is one value or many: what may never change under a column.
std::string type_of(const FieldSchema& field) {
  return std::string(column_type_name(field.column)) + (field.repeated ? "[]" : "");
}

Status check_unchanged(const KindSchema& kind, const FieldSchema& field, const KnownField& known) {
  const std::string where = kind.table + "." + field.name;
  if (known.rule != static_cast<std::uint8_t>(field.rule))
    return Error(Code::kInvalidArgument, where + " had another merge rule; give the field a new number");
  if (known.type != type_of(field))
    return Error(Code::kInvalidArgument, where + " had another type; give the field a new number");
  return {};
}

/// Every field of the file must still be in the schema, as it was.
Status check_compatible(const Schema& schema, const KnownSchema& known) {
  for (const auto& [number, kind] : known) {
    const KindSchema* now = schema.kind(number);
    if (now == nullptr) return Error(Code::kSchemaTooNew, "record kind " + kind.table + " is not known here");
    for (const auto& [field_number, field] : kind.fields) {
      const FieldSchema* field_now = now->field(field_number);
      if (field_now == nullptr)
        return Error(Code::kSchemaTooNew, kind.table + "." + field.name + " is not known here");
      TB_CHECK(check_unchanged(*now, *field_now, field));
    }
  }
  return {};
}

/// The statements that bring one kind from what the file knows to the schema; empty when nothing differs.
std::string changes_of(const KindSchema& kind, const KnownKind* known) {
  if (known == nullptr) return create_record_table(kind) + create_search(kind);
  std::string sql;
  bool search_changes = known->table != kind.table;
  if (known->table != kind.table)
    sql += "ALTER TABLE " + quoted(known->table) + " RENAME TO " + quoted(kind.table) + ";\n";
  for (const FieldSchema& field : kind.fields) {
    const auto found = known->fields.find(field.number);
    if (found == known->fields.end()) {
      sql += add_column(kind, field);
      search_changes = search_changes || field.searched;
      continue;
    }
    if (found->second.name != field.name)
      sql += "ALTER TABLE " + quoted(kind.table) + " RENAME COLUMN " + quoted(found->second.name) + " TO " +
             quoted(field.name) + ";\n";
    search_changes = search_changes || found->second.searched != field.searched ||
                     (field.searched && found->second.name != field.name);
  }
  if (search_changes) sql = drop_search(known->table) + sql;
  return sql;
}

bool changes_search(const std::string& sql) { return sql.starts_with("DROP"); }

Status remember(sqlite::Connection& connection, const KindSchema& kind) {
  TB_TRY(sqlite::Statement kind_row,
         connection.prepare(
             "INSERT INTO tb_kind(kind, name) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = ?2"));
  TB_CHECK(kind_row.bind(1, kind.number).bind(2, std::string_view(kind.table)).run());
  TB_TRY(sqlite::Statement row,
         connection.prepare("INSERT OR REPLACE INTO tb_field(kind, field, name, rule, type, searched) "
                            "VALUES (?, ?, ?, ?, ?, ?)"));
  for (const FieldSchema& field : kind.fields) {
    const std::string type = type_of(field);
    row.bind(1, kind.number).bind(2, field.number).bind(3, std::string_view(field.name));
    row.bind(4, static_cast<int>(field.rule)).bind(5, std::string_view(type)).bind(6, field.searched ? 1 : 0);
    TB_CHECK(row.run());
  }
  return {};
}

/// From nothing, or step by step from an older version.
Status bring_engine_tables(sqlite::Connection& connection, std::int64_t version) {
  if (version == 0) TB_CHECK(connection.execute(kEngineTables));
  for (const LayoutStep& step : kLayoutSteps)
    if (version > 0 && step.version > version) TB_CHECK(connection.execute(step.sql));
  return connection.execute("PRAGMA user_version = " + std::to_string(kLayoutVersion));
}

/// Moves what was unknown to where it belongs now. The search indexes that changed are made afterwards, from
/// rows that are complete.
Status adopt(sqlite::Connection& connection, const Schema& schema) {
  AuthorIndex authors(connection);
  RecordStore records(connection, schema, authors);
  return records.adopt_unknown();
}

}  // namespace

Status migrate(sqlite::Connection& connection, const Schema& schema) {
  TB_TRY(const std::int64_t version, connection.query_integer("PRAGMA user_version"));
  if (version > kLayoutVersion)
    return Error(Code::kSchemaTooNew, "layout " + std::to_string(version) + ", this program knows up to " +
                                          std::to_string(kLayoutVersion));
  KnownSchema known;
  if (version > 0) {
    TB_TRY(known, read_known(connection));
    TB_CHECK(check_compatible(schema, known));
  }
  std::vector<std::pair<const KindSchema*, std::string>> changed;
  for (const KindSchema& kind : schema.kinds()) {
    const auto found = known.find(kind.number);
    std::string sql = changes_of(kind, found == known.end() ? nullptr : &found->second);
    if (!sql.empty()) changed.emplace_back(&kind, std::move(sql));
  }
  if (version == kLayoutVersion && changed.empty()) return {};

  connection.clear_cache();
  TB_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  if (version < kLayoutVersion) TB_CHECK(bring_engine_tables(connection, version));
  for (const auto& [kind, sql] : changed) {
    TB_CHECK(connection.execute(sql));
    TB_CHECK(remember(connection, *kind));
  }
  if (!known.empty()) TB_CHECK(adopt(connection, schema));
  for (const auto& [kind, sql] : changed)
    if (changes_search(sql)) TB_CHECK(connection.execute(create_search(*kind)));
  return transaction.commit();
}

}  // namespace thuisbasis
