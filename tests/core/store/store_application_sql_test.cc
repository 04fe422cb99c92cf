// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

class ApplicationSqlTest : public ::testing::Test {
 protected:
  ApplicationSqlTest() {
    device_.edit(kPerson, record_id(1), [](RecordEdit& edit) {
      must(edit.set(kPersonName, Rule::kRegister, FieldValue::text("Noor")));
      must(edit.add_element(kPersonTags, Rule::kSet, FieldValue::text("zingt")));
    });
  }
  Code refused(std::string_view sql) {
    const auto statement = device_.store().sql.prepare(sql);
    return statement ? Code{} : statement.error().code();
  }
  std::string answer(std::string_view sql) {
    sqlite::Statement statement = must(device_.store().sql.prepare(sql));
    return must(statement.step()) ? std::string(statement.text(0)) : "(no row)";
  }
  Device device_{1};
};

TEST_F(ApplicationSqlTest, ReadsRecordTablesSearchAndCircleNames) {
  EXPECT_EQ(answer("SELECT name FROM person"), "Noor");
  EXPECT_EQ(answer("SELECT count(*) FROM person WHERE NOT _deleted;  -- all of them"), "1");
  EXPECT_EQ(answer("SELECT upper(p.name) FROM person_search s JOIN person p ON p._row = s.rowid "
                   "WHERE person_search MATCH 'noor'"),
            "NOOR");
  EXPECT_EQ(answer("SELECT t.value FROM person, json_each(tags) t"), "zingt");
  EXPECT_EQ(answer("SELECT c.kind || ' ' || c.name FROM person p JOIN tb_circle c ON c.circle = p._circle"),
            "kern Gezin");
  EXPECT_EQ(
      answer(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n"),
      "15");
  EXPECT_EQ(answer("VALUES (1)"), "1");
}

TEST_F(ApplicationSqlTest, OpensTheSearchIndexOfAFreshConnection) {
  Device fresh(2);
  sqlite::Statement statement =
      must(fresh.store().sql.prepare("SELECT count(*) FROM score_search WHERE score_search MATCH 'x'"));
  EXPECT_TRUE(must(statement.step()));
}

TEST_F(ApplicationSqlTest, BindsParameters) {
  sqlite::Statement statement = must(device_.store().sql.prepare("SELECT name FROM person WHERE name = ?"));
  EXPECT_TRUE(must(statement.bind(1, "Noor").step()));
  statement.reset();
  EXPECT_FALSE(must(statement.bind(1, "' OR 1 = 1").step()));
}

TEST_F(ApplicationSqlTest, RefusesEveryWayToWrite) {
  const std::string before = all_rows(device_, "person");
  for (const char* sql : {"INSERT INTO person(_id, _circle) VALUES (x'00', 1)",
                          "UPDATE person SET name = 'x'",
                          "DELETE FROM person",
                          "DROP TABLE person",
                          "CREATE TABLE x(y)",
                          "CREATE TEMP TABLE x(y)",
                          "ALTER TABLE person RENAME TO x",
                          "ATTACH 'file:x?mode=memory' AS x",
                          "DETACH main",
                          "VACUUM",
                          "VACUUM INTO 'x.db'",
                          "REINDEX",
                          "ANALYZE",
                          "BEGIN",
                          "COMMIT",
                          "ROLLBACK",
                          "SAVEPOINT x",
                          "PRAGMA user_version = 5",
                          "PRAGMA user_version",
                          "PRAGMA writable_schema = 1",
                          "REPLACE INTO person(_row) VALUES (1)",
                          "INSERT INTO person_search(person_search) VALUES ('delete-all')",
                          "DELETE FROM person_search_data",
                          "WITH x AS (SELECT 1) DELETE FROM person",
                          "UPDATE person SET name = 'x' RETURNING name",
                          "CREATE VIRTUAL TABLE x USING fts5(y)",
                          "EXPLAIN DELETE FROM person"})
    EXPECT_EQ(refused(sql), Code::kNotPermitted) << sql;
  EXPECT_EQ(all_rows(device_, "person"), before);
}

TEST_F(ApplicationSqlTest, RefusesToReadTheEnginesTables) {
  for (const char* sql :
       {"SELECT secret FROM tb_epoch_key", "SELECT * FROM tb_circle", "SELECT digest FROM tb_circle",
        "SELECT value FROM tb_value", "SELECT bytes FROM tb_change", "SELECT bytes FROM tb_returned",
        "SELECT sql FROM sqlite_master", "SELECT * FROM sqlite_schema",

        "SELECT name FROM person WHERE EXISTS (SELECT 1 FROM tb_epoch_key WHERE secret > x'80')",
        "SELECT name FROM person UNION SELECT value FROM tb_value"})
    EXPECT_EQ(refused(sql), Code::kNotPermitted) << sql;
}

TEST_F(ApplicationSqlTest, RefusesWhatReachesOutOfTheDatabase) {
  for (const char* sql :
       {"SELECT * FROM pragma_table_info('person')", "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')", "SELECT * FROM dbstat", "SELECT * FROM sqlite_dbpage"})
    EXPECT_NE(refused(sql), Code{}) << sql;
}

TEST_F(ApplicationSqlTest, TakesOneStatementThatParses) {
  EXPECT_EQ(refused("SELECT name FROM person; DELETE FROM person"), Code::kNotPermitted);
  EXPECT_EQ(refused("SELECT 1; SELECT 2"), Code::kNotPermitted);
  EXPECT_EQ(refused("SELECT 1; nonsense"), Code::kNotPermitted);
  EXPECT_EQ(refused("SELEC name"), Code::kInvalidArgument);
  EXPECT_EQ(refused("SELECT nothing FROM person"), Code::kInvalidArgument);
  EXPECT_EQ(refused(""), Code::kInvalidArgument);
  EXPECT_EQ(refused("  -- nothing"), Code::kInvalidArgument);
}

TEST_F(ApplicationSqlTest, LetsTheEngineWorkOnAfterwards) {
  EXPECT_EQ(refused("DELETE FROM person"), Code::kNotPermitted);
  device_.edit(kPerson, record_id(1),
               [](RecordEdit& edit) { must(edit.set(4, Rule::kRegister, FieldValue::varint(1999))); });
  EXPECT_EQ(answer("SELECT birth_year FROM person"), "1999");
  EXPECT_FALSE(device_.db().execute("ATTACH 'file:x?mode=memory' AS x"));
}

}  // namespace
}  // namespace thuisbasis::test
