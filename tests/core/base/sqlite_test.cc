// SPDX-License-Identifier: EUPL-1.2
#include "core/base/sqlite.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "core/base/ids.h"

namespace thuisbasis::sqlite {
namespace {

Connection memory() {
  auto connection = Connection::open(":memory:", {.create = true});
  EXPECT_TRUE(connection);
  EXPECT_TRUE(
      connection->execute("CREATE TABLE t(k INTEGER PRIMARY KEY, v ANY, n TEXT NOT NULL DEFAULT 'n')"));
  return std::move(*connection);
}

/// A fresh folder for a database file, gone afterwards.
class Folder {
 public:
  Folder() : path_(std::filesystem::path(::testing::TempDir()) / name()) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file() const { return (path_ / "test.db").string(); }

 private:
  static std::string name() {
    return std::string("thuisbasis_") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  std::filesystem::path path_;
};

template <typename T>
Code code_of(const Result<T>& result) {
  return result ? Code{} : result.error().code();
}

TEST(Sqlite, GivesBackEveryTypeThatWasBound) {
  Connection db = memory();
  ASSERT_TRUE(db.execute("CREATE TABLE all_types(i, d, t, b, z, id, e)"));
  const RecordId id = RecordId::from(Bytes(16, 3)).value();
  const std::string text("with \0 zero", 11);
  auto insert = db.prepare("INSERT INTO all_types VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  ASSERT_TRUE(insert);
  ASSERT_TRUE(insert->bind(1, std::numeric_limits<std::int64_t>::min())
                  .bind(2, 0.5)
                  .bind(3, text)
                  .bind(4, Bytes{0, 255})
                  .bind_null(5)
                  .bind(6, id)
                  .bind(7, ByteView())
                  .run());
  auto select = db.prepare("SELECT i, d, t, b, z, id, e FROM all_types");
  ASSERT_TRUE(select);
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->columns(), 7);
  EXPECT_EQ(select->column_name(1), "d");
  EXPECT_EQ(select->integer(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(select->real(1), 0.5);
  EXPECT_EQ(select->text(2), text);
  EXPECT_EQ(to_bytes(select->blob(3)), (Bytes{0, 255}));
  EXPECT_TRUE(select->is_null(4));
  EXPECT_EQ(RecordId::from(select->blob(5)).value(), id);
  EXPECT_EQ(select->column_type(6), SQLITE_BLOB) << "no bytes are not NULL";
  EXPECT_TRUE(select->blob(6).empty());
  EXPECT_FALSE(select->step().value());
}

TEST(Sqlite, StepsAgainFromTheStartAfterTheEnd) {
  Connection db = memory();
  ASSERT_TRUE(db.execute("INSERT INTO t(k) VALUES(1)"));
  auto select = db.prepare("SELECT k FROM t");
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(select->step().value());
    EXPECT_FALSE(select->step().value());
  }
}

TEST(Sqlite, ReportsABindThatFailedAtTheNextStepAndOnlyThere) {
  Connection db = memory();
  auto select = db.prepare("SELECT ?1");
  const auto failed = select->bind(1, 5).bind(2, 7).bind(3, "x").step();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().context().find("index out of range"), std::string::npos)
      << failed.error().context();
  ASSERT_TRUE(select->bind(1, 5).step().value());
  EXPECT_EQ(select->integer(0), 5);
}

TEST(Sqlite, RefusesABindInTheMiddleOfARow) {
  Connection db = memory();
  auto select = db.prepare("SELECT ?1");
  ASSERT_TRUE(select->bind(1, 5).step().value());
  EXPECT_FALSE(select->bind(1, 6).step());
  EXPECT_TRUE(select->bind(1, 6).step().value()) << "and the failure reset the statement";
}

TEST(Sqlite, MapsConstraintsByKind) {
  Connection db = memory();
  ASSERT_TRUE(db.execute("CREATE UNIQUE INDEX v_once ON t(v); INSERT INTO t(k, v) VALUES(1, 'a')"));
  EXPECT_EQ(code_of(db.execute("INSERT INTO t(k) VALUES(1)")), Code::kAlreadyExists);
  EXPECT_EQ(code_of(db.execute("INSERT INTO t(v) VALUES('a')")), Code::kAlreadyExists);
  EXPECT_EQ(code_of(db.execute("INSERT INTO t(n) VALUES(NULL)")), Code::kInvalidArgument);
  EXPECT_EQ(code_of(db.execute("CREATE TABLE c(x CHECK (x > 0)); INSERT INTO c VALUES(0)")),
            Code::kInvalidArgument);
}

TEST(Sqlite, MapsResultCodes) {
  const struct {
    int result_code;
    Code code;
  } rows[] = {{SQLITE_FULL, Code::kDiskFull},        {SQLITE_BUSY, Code::kLocked},
              {SQLITE_BUSY_SNAPSHOT, Code::kLocked}, {SQLITE_LOCKED, Code::kLocked},
              {SQLITE_CORRUPT, Code::kDamaged},      {SQLITE_CORRUPT_INDEX, Code::kDamaged},
              {SQLITE_NOTADB, Code::kDamaged},       {SQLITE_IOERR_DATA, Code::kDamaged},
              {SQLITE_IOERR_FSYNC, Code::kIo},       {SQLITE_CANTOPEN, Code::kIo},
              {SQLITE_READONLY, Code::kIo},          {SQLITE_AUTH, Code::kNotPermitted},
              {SQLITE_TOOBIG, Code::kTooLarge},      {SQLITE_INTERRUPT, Code::kCancelled},
              {SQLITE_MISUSE, Code::kInternal},      {SQLITE_ERROR, Code::kInternal}};
  for (const auto& row : rows)
    EXPECT_EQ(error_of(nullptr, row.result_code, "x").code(), row.code) << row.result_code;
  EXPECT_EQ(error_of(nullptr, SQLITE_FULL, "write").context(), "write: database or disk is full");
}

TEST(Sqlite, SaysWhichStatementFailedAndWhy) {
  Connection db = memory();
  const auto failed = db.prepare("SELECT absent FROM t");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::kInternal);
  EXPECT_EQ(failed.error().context(), "SELECT absent FROM t: no such column: absent");
}

TEST(Sqlite, RefusesToPrepareNothing) {
  Connection db = memory();
  for (const char* const sql : {"", "  ", "-- only words"})
    EXPECT_EQ(code_of(db.prepare(sql)), Code::kInvalidArgument) << sql;
}

TEST(Sqlite, OpensOnlyWhatExistsUnlessAskedToCreate) {
  const Folder folder;
  EXPECT_EQ(code_of(Connection::open(folder.file(), {})), Code::kIo);
  ASSERT_TRUE(Connection::open(folder.file(), {.create = true})->execute("CREATE TABLE t(x)"));
  auto reader = Connection::open(folder.file(), {.read_only = true});
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->query_integer("SELECT count(*) FROM t").value(), 0);
  EXPECT_EQ(code_of(reader->execute("INSERT INTO t VALUES(1)")), Code::kIo);
}

TEST(Sqlite, CallsAFileOfOtherBytesDamaged) {
  const Folder folder;
  std::ofstream(folder.file()) << std::string(8192, 'x');
  auto db = Connection::open(folder.file(), {});
  ASSERT_TRUE(db) << "SQLite looks at the file with the first statement";
  EXPECT_EQ(code_of(db->query_integer("SELECT count(*) FROM sqlite_schema")), Code::kDamaged);
}

TEST(Sqlite, FailsWithDiskFullWhenThePagesRunOut) {
  Connection db = memory();
  ASSERT_TRUE(db.execute("PRAGMA max_page_count = 10"));
  auto insert = db.prepare("INSERT INTO t(v) VALUES(zeroblob(100000))");
  EXPECT_EQ(code_of(insert->run()), Code::kDiskFull);
}

TEST(Sqlite, AnswersOneInteger) {
  Connection db = memory();
  EXPECT_EQ(db.query_integer("SELECT 41 + 1").value(), 42);
  EXPECT_EQ(code_of(db.query_integer("SELECT k FROM t")), Code::kNotFound);
  ASSERT_TRUE(db.execute("INSERT INTO t(k) VALUES(7)"));
  EXPECT_EQ(db.last_insert_rowid(), 7);
  EXPECT_EQ(db.changes(), 1);
}

TEST(StatementCache, GivesTheSameStatementResetForTheSameText) {
  Connection db = memory();
  Statement* const first = db.cached("SELECT 1").value();
  ASSERT_TRUE(first->step().value());
  Statement* const again = db.cached(std::string("SELECT ") + "1").value();
  EXPECT_EQ(first, again);
  EXPECT_TRUE(again->step().value()) << "a statement left on a row starts again";
  Statement* const other = db.cached("SELECT 2").value();
  EXPECT_NE(first, other);
}

TEST(StatementCache, KeepsItsPointersWhileItGrows) {
  Connection db = memory();
  Statement* const first = db.cached("SELECT 12345").value();
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(db.cached("SELECT " + std::to_string(i)));
  ASSERT_TRUE(first->step().value());
  EXPECT_EQ(first->integer(0), 12345);
}

TEST(StatementCache, KeepsNothingThatFailedToPrepare) {
  Connection db = memory();
  EXPECT_FALSE(db.cached("SELECT x FROM later"));
  ASSERT_TRUE(db.execute("CREATE TABLE later(x)"));
  EXPECT_TRUE(db.cached("SELECT x FROM later"));
}

TEST(StatementCache, LetsGoOfLocksWhenCleared) {
  Connection db = memory();
  ASSERT_TRUE(db.execute("INSERT INTO t(k) VALUES(1), (2)"));
  ASSERT_TRUE(db.cached("SELECT k FROM t").value()->step().value());
  EXPECT_EQ(code_of(db.execute("DROP TABLE t")), Code::kLocked) << "a reader stands on a row";
  db.clear_cache();
  EXPECT_TRUE(db.execute("DROP TABLE t"));
}

TEST(Connection, MovesWithItsStatementsAlsoOverAnother) {
  Connection first = memory();
  ASSERT_TRUE(first.cached("SELECT 1"));
  Connection second = memory();
  ASSERT_TRUE(second.execute("INSERT INTO t(k) VALUES(9)"));
  ASSERT_TRUE(second.cached("SELECT k FROM t"));
  first = std::move(second);
  EXPECT_EQ(first.query_integer("SELECT k FROM t").value(), 9);
}

TEST(Transaction, KeepsWhatWasCommitted) {
  Connection db = memory();
  {
    auto transaction = Transaction::begin(db);
    ASSERT_TRUE(transaction);
    EXPECT_TRUE(db.in_transaction());
    ASSERT_TRUE(db.execute("INSERT INTO t(k) VALUES(1)"));
    ASSERT_TRUE(transaction->commit());
    EXPECT_FALSE(db.in_transaction());
  }
  EXPECT_EQ(db.query_integer("SELECT count(*) FROM t").value(), 1);
}

TEST(Transaction, RollsBackWhenItIsLeft) {
  Connection db = memory();
  {
    auto transaction = Transaction::begin(db);
    ASSERT_TRUE(db.execute("INSERT INTO t(k) VALUES(1)"));
    const Transaction moved = std::move(*transaction);
    EXPECT_TRUE(db.in_transaction()) << "moving does not end it";
  }
  EXPECT_FALSE(db.in_transaction());
  EXPECT_EQ(db.query_integer("SELECT count(*) FROM t").value(), 0);
}

TEST(Transaction, DoesNotNest) {
  Connection db = memory();
  auto outer = Transaction::begin(db);
  ASSERT_TRUE(outer);
  EXPECT_FALSE(Transaction::begin(db));
  EXPECT_TRUE(db.in_transaction()) << "the failed inner one leaves the outer alone";
  EXPECT_TRUE(outer->commit());
}

TEST(Transaction, IsRolledBackAtOnceWhenItsCommitFails) {
  Connection db = memory();
  ASSERT_TRUE(db.execute(
      "PRAGMA foreign_keys = ON; CREATE TABLE child(p REFERENCES t(k) DEFERRABLE INITIALLY DEFERRED)"));
  auto transaction = Transaction::begin(db);
  ASSERT_TRUE(db.execute("INSERT INTO child VALUES(99)"));
  EXPECT_EQ(code_of(transaction->commit()), Code::kInvalidArgument);
  EXPECT_FALSE(db.in_transaction());
  EXPECT_EQ(db.query_integer("SELECT count(*) FROM child").value(), 0);
  EXPECT_TRUE(Transaction::begin(db)->commit()) << "the connection is usable again";
}

TEST(Transaction, WaitsForNobodyWhenAnotherWrites) {
  const Folder folder;
  auto first = Connection::open(folder.file(), {.create = true});
  ASSERT_TRUE(first->execute("CREATE TABLE t(x)"));
  auto second = Connection::open(folder.file(), {});
  auto writing = Transaction::begin(*first);
  ASSERT_TRUE(writing);
  EXPECT_EQ(code_of(Transaction::begin(*second)), Code::kLocked);
  ASSERT_TRUE(writing->commit());
  EXPECT_TRUE(Transaction::begin(*second));
}

}  // namespace
}  // namespace thuisbasis::sqlite
