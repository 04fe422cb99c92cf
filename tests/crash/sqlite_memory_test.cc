// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <new>

#include "core/base/sqlite.h"
#include "core/store/bare_file.h"
#include "tests/crash/allocation_failure.h"
#include "tests/support/crash_disk.h"

// What SQLite does without memory, and what must become of it.

namespace thuisbasis::crash {
namespace {

sqlite::Connection opened() {
  auto connection = sqlite::Connection::open(":memory:", {.create = true});
  EXPECT_TRUE(connection);
  EXPECT_TRUE(connection->execute("CREATE TABLE note(body TEXT)"));
  return std::move(*connection);
}

TEST(SqliteMemory, WhereItEndsNoValuePassesForAnEmptyOne) {
  sqlite::Connection connection = opened();
  int thrown = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    sqlite::Statement* row = connection.cached("SELECT 123456789012345678, zeroblob(5000)").value();
    ASSERT_TRUE(row->step().value());
    std::string text;
    std::size_t size = 0;
    allocation_failure::start(nth, false);
    try {
      text = row->text(0);
      size = row->blob(1).size();
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
    const bool failed = allocation_failure::stop().failed;
    row->reset();
    if (failed) continue;
    EXPECT_EQ(text, "123456789012345678");
    EXPECT_EQ(size, 5000U);
    EXPECT_EQ(static_cast<std::uint64_t>(thrown), nth - 1) << "a failure went by unseen";
    break;
  }
  EXPECT_GE(thrown, 2);
}

TEST(SqliteMemory, IsNotNeededToRollBack) {
  sqlite::Connection connection = opened();
  {
    const auto transaction = sqlite::Transaction::begin(connection).value();
    ASSERT_TRUE(connection.execute("INSERT INTO note VALUES('first')"));
    allocation_failure::start(1, true);
  }
  (void)allocation_failure::stop();
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_EQ(connection.query_integer("SELECT count(*) FROM note").value(), 0);
  EXPECT_TRUE(sqlite::Transaction::begin(connection)) << "the next one";
}

/// SQLite may give up the whole transaction for want of memory; what comes after must not be written alone.
TEST(SqliteMemory, WhereItEndsNoPartOutlivesItsTransaction) {
  sqlite::Connection connection = opened();
  const auto transaction = sqlite::Transaction::begin(connection).value();
  ASSERT_TRUE(connection.execute("INSERT INTO note VALUES('first')"));
  {
    const auto part = sqlite::Savepoint::begin(connection).value();
    ASSERT_TRUE(connection.execute("INSERT INTO note VALUES('second')"));
    allocation_failure::start(1, true);
  }
  (void)allocation_failure::stop();
  const bool stands = connection.in_transaction();
  EXPECT_EQ(connection.query_integer("SELECT count(*) FROM note").value(), stands ? 1 : 0);
  const auto next = sqlite::Savepoint::begin(connection);
  EXPECT_EQ(next.has_value(), stands);
  EXPECT_EQ(connection.in_transaction(), stands) << "a part began a transaction of its own";
}

TEST(SqliteMemory, WhereItEndsNoOtherFileIsOpened) {
  testing_support::CrashDisk disk(1);
  disk.put("vault.db", Bytes(3 * 4096));
  sqlite3_vfs* const vfs = BareFile::vfs_named(disk.vfs_name()).value();
  int thrown = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    std::unique_ptr<BareFile> file;
    allocation_failure::start(nth, false);
    try {
      file = BareFile::open(*vfs, "vault.db", BareFile::Kind::kDatabase).value();
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
    const bool failed = allocation_failure::stop().failed;
    EXPECT_EQ(file == nullptr, failed) << nth;
    if (!failed) {
      EXPECT_EQ(file->size().value(), 3U * 4096);
      break;
    }
  }
  EXPECT_GE(thrown, 3);
}

TEST(SqliteMemory, ThatRunsOutIsBadAlloc) {
  sqlite::Connection connection = opened();
  allocation_failure::start(1, true);
  EXPECT_THROW((void)connection.prepare("SELECT body FROM note WHERE body > 'a'"), std::bad_alloc);
  (void)allocation_failure::stop();
}

}  // namespace
}  // namespace thuisbasis::crash
