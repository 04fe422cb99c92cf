// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

void set_text(RecordEdit& edit, std::uint32_t field, std::string_view text) {
  must(edit.set(field, Rule::kRegister, FieldValue::text(text)));
}

Code migrate_code(const std::vector<ProtoKind>& before, const std::vector<ProtoKind>& after) {
  const ProtoSchema first(before);
  const ProtoSchema second(after);
  auto db = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(db, first.schema()));
  const Status status = migrate(db, second.schema());
  return status ? Code{} : status.error().code();
}

TEST(Layout, DoesNothingTheSecondTime) {
  auto db = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(db, first_schema()));
  const std::int64_t changes = must(db.query_integer("SELECT total_changes()"));
  const std::int64_t version = must(db.query_integer("PRAGMA schema_version"));
  must(migrate(db, first_schema()));
  EXPECT_EQ(must(db.query_integer("SELECT total_changes()")), changes);
  EXPECT_EQ(must(db.query_integer("PRAGMA schema_version")), version);
}

TEST(Layout, GivesTheBuiltInKindsTheirTables) {
  auto db = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(db, Schema::builtin()));
  for (const KindSchema& kind : Schema::builtin().kinds())
    EXPECT_EQ(must(db.query_integer("SELECT count(*) FROM \"" + kind.table + "\"")), 0);
  EXPECT_EQ(
      must(db.query_integer("SELECT count(*) FROM visit_note_search WHERE visit_note_search MATCH 'x'")), 0);
}

TEST(Layout, RefusesAFileOfANewerLayout) {
  auto db = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(db, first_schema()));
  must(db.execute("PRAGMA user_version = " + std::to_string(kLayoutVersion + 1)));
  const Status status = migrate(db, first_schema());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::kSchemaTooNew);
}

/// The engine's tables as columns, types, defaults and keys, whatever the words of their SQL.
std::vector<std::string> engine_columns(sqlite::Connection& db) {
  std::vector<std::string> columns;
  auto rows = must(db.prepare(
      "SELECT t.name || ' ' || c.cid || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || "
      "' ' || ifnull(c.dflt_value, '') || ' ' || c.pk FROM sqlite_schema t, pragma_table_info(t.name) c "
      "WHERE t.type = 'table' AND t.name LIKE 'tb\\_%' ESCAPE '\\' ORDER BY t.name, c.cid"));
  while (must(rows.step())) columns.emplace_back(rows.text(0));
  return columns;
}

TEST(Layout, BringsAFileOfTheFirstLayoutToTheNewest) {
  auto fresh = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(fresh, first_schema()));
  auto old = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(old, first_schema()));
  must(old.execute("ALTER TABLE tb_circle DROP COLUMN mark"));
  must(
      old.execute("INSERT INTO tb_circle(circle, id, dossier, kind, name, subject, digest, cursor) "
                  "VALUES (1, x'01', x'02', 'kern', 'Kern', x'', x'03', 7)"));
  must(old.execute("PRAGMA user_version = 1"));
  ASSERT_NE(engine_columns(old), engine_columns(fresh));
  must(migrate(old, first_schema()));
  EXPECT_EQ(engine_columns(old), engine_columns(fresh));
  EXPECT_EQ(must(old.query_integer("PRAGMA user_version")), kLayoutVersion);
  EXPECT_EQ(must(old.query_integer("SELECT cursor FROM tb_circle WHERE circle = 1 AND mark IS NULL")), 7);
}

TEST(Layout, RefusesAFileWithFieldsItDoesNotKnow) {
  auto db = must(sqlite::Connection::open(":memory:", {}));
  must(migrate(db, next_schema()));
  const Status status = migrate(db, first_schema());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::kSchemaTooNew);
}

TEST(Layout, RefusesAFieldThatChangedItsRuleOrType) {
  auto other_rule = first_kinds();
  other_rule[0].field("best").rule = Rule::kMin;
  EXPECT_EQ(migrate_code(first_kinds(), other_rule), Code::kInvalidArgument);
  auto other_type = first_kinds();
  other_type[0].field("birth_year").type = "string";
  EXPECT_EQ(migrate_code(first_kinds(), other_type), Code::kInvalidArgument);
  EXPECT_EQ(migrate_code(first_kinds(), first_kinds()), Code{});
}

TEST(Layout, RenamesColumnsAndTablesAndFindsTheirTextsAgain) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_text(edit, kPersonName, "Noor Oumar"); });
  auto kinds = first_kinds();
  kinds[0].name = "Mens";
  kinds[0].field("name").name = "full_name";
  const ProtoSchema renamed(kinds);
  must(device.upgrade(renamed.schema()));
  EXPECT_EQ(device.text("SELECT full_name FROM mens"), "Noor Oumar");
  EXPECT_EQ(must(search_text(device.db(), renamed.schema(), {"oumar", {}, {}, 10})).size(), 1U);
  EXPECT_EQ(device.digest(), device.recomputed());
  EXPECT_TRUE(must(device.store().records.check_search()).empty());
}

TEST(Layout, FillsANewColumnFromWhatWasUnknownAndLosesNothing) {
  Device old_app(1);
  Device new_app(2, next_schema());
  old_app.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_text(edit, kPersonName, "Noor"); });
  must(new_app.receive(*old_app.publish()));
  new_app.edit(kPerson, record_id(1), [](RecordEdit& edit) {
    set_text(edit, kPersonNickname, "Nootje");
    must(edit.add_element(91, Rule::kSet, FieldValue::text("2021")));
  });
  new_app.edit(kPlan, record_id(5), [](RecordEdit& edit) { set_text(edit, 1, "Samen ontbijten"); });
  must(old_app.receive(*new_app.publish()));
  EXPECT_EQ(old_app.digest(), new_app.digest());

  // The old app edits what it knows; the unknown stays.
  old_app.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_text(edit, kPersonName, "Nora"); });
  must(new_app.receive(*old_app.publish()));
  EXPECT_EQ(new_app.text("SELECT name || ' ' || nickname || since FROM person"), "Nora Nootje[\"2021\"]");
  EXPECT_EQ(old_app.digest(), new_app.digest());

  const StateDigest before = old_app.digest();
  must(old_app.upgrade(next_schema()));
  EXPECT_EQ(old_app.digest(), before);
  EXPECT_EQ(old_app.recomputed(), before);
  EXPECT_EQ(all_rows(old_app, "person"), all_rows(new_app, "person"));
  EXPECT_EQ(all_rows(old_app, "plan"), all_rows(new_app, "plan"));
  EXPECT_EQ(old_app.number("SELECT count(*) FROM tb_unknown_record"), 0);
  EXPECT_EQ(old_app.number("SELECT count(*) FROM person WHERE _unknown IS NOT NULL"), 0);
  EXPECT_EQ(must(search_text(old_app.db(), next_schema(), {"nootje", {}, {}, 10})).size(), 1U);
  EXPECT_EQ(must(search_text(old_app.db(), next_schema(), {"ontbijten", {}, {}, 10})).size(), 1U);
  EXPECT_TRUE(must(old_app.store().records.check_search()).empty());
}

RC_GTEST_PROP(Layout, KeepsOldAndNewAppsEqualAndUpgradesToTheSameRows, (std::uint32_t seed)) {
  Device old_app(1);
  Device new_app(2, next_schema());
  RandomEdits edits(seed, 4);
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 4; ++i) {
      if (const auto records = edits.next(old_app, first_schema()); !records.empty()) old_app.write(records);
      if (const auto records = edits.next(new_app, next_schema()); !records.empty()) new_app.write(records);
    }
    const auto from_old = old_app.publish();
    const auto from_new = new_app.publish();
    if (from_old) must(new_app.receive(*from_old));
    if (from_new) must(old_app.receive(*from_new));
    RC_ASSERT(old_app.digest() == new_app.digest());
  }
  must(old_app.upgrade(next_schema()));
  RC_ASSERT(old_app.recomputed() == new_app.digest());
  for (const char* table : {"person", "score", "plan"})
    RC_ASSERT(all_rows(old_app, table) == all_rows(new_app, table));
  RC_ASSERT(must(old_app.store().records.check_search()).empty());
}

TEST(Layout, LeavesTheOldDatabaseWholeWhenAMigrationBreaksOff) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_text(edit, kPersonName, "Noor"); });
  const std::string rows = all_rows(device, "person");
  must(device.db().execute("CREATE TABLE plan(in_the_way)"));
  EXPECT_FALSE(migrate(device.db(), next_schema()));
  EXPECT_EQ(device.text("SELECT count(*) FROM pragma_table_info('person') WHERE name = 'nickname'"), "0");
  EXPECT_EQ(all_rows(device, "person"), rows);
  must(device.db().execute("DROP TABLE plan"));
  EXPECT_TRUE(device.upgrade(next_schema()));
}

// A migration has an index of its own, on the connection of a store that stands already.
TEST(AuthorIndex, ForgetsWhatARollbackTookAlsoAfterAnotherIndexEnded) {
  auto db = must(sqlite::Connection::open(":memory:", {.create = true}));
  must(migrate(db, first_schema()));
  AuthorIndex authors(db);
  { const AuthorIndex another(db); }
  Author stranger;
  stranger.device.mutable_view()[0] = 9;
  {
    const auto undone = must(sqlite::Transaction::begin(db));
    EXPECT_EQ(must(authors.index_of(stranger)), 1U);
  }
  EXPECT_EQ(must(authors.index_of(stranger)), 1U);
  EXPECT_EQ(must(db.query_integer("SELECT count(*) FROM tb_author")), 1);
}

}  // namespace
}  // namespace thuisbasis::test
