// SPDX-License-Identifier: EUPL-1.2
// What can still be read of a damaged database: everything but what lies in the damaged page itself.
#include "core/store/salvage.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

constexpr const char* kTable =
    "CREATE TABLE tb_change(row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, author INTEGER NOT NULL, "
    "number INTEGER NOT NULL, time INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE(circle, author, number))";

using Rows = std::map<std::int64_t, std::size_t>;  ///< number, and size of its bytes

class SalvageTest : public testing::Test {
 protected:
  /// Rows of many sizes, some of which need pages of their own.
  void write(EncryptedDatabase& database, std::int64_t first, std::int64_t last, Rows& rows) {
    auto transaction = sqlite::Transaction::begin(database.connection()).value();
    for (std::int64_t number = first; number <= last; ++number) {
      const auto size = static_cast<std::size_t>(number * 7919 % (number % 10 == 0 ? 20'000 : 600));
      sqlite::Statement* row =
          database.connection()
              .cached("INSERT INTO tb_change(circle, author, number, time, bytes) VALUES (1, 300, ?, -5, ?)")
              .value();
      const Bytes bytes(size, static_cast<Byte>(number));
      ASSERT_OK(row->bind(1, number).bind(2, bytes).run());
      rows[number] = size;
    }
    ASSERT_OK(transaction.commit());
  }
  Rows write_closed(std::int64_t last) {
    Rows rows;
    auto database = vault.create();
    EXPECT_TRUE(database.connection().execute(kTable));
    write(database, 1, last, rows);
    return rows;
  }

  Result<std::unique_ptr<SalvagedPages>> open(Byte key = 1) {
    return SalvagedPages::open(vault.disk.vfs_name(), VaultOnDisk::kPath, VaultOnDisk::key_number(key),
                               vault.random);
  }
  /// Whole rows as they can be read now; each is checked.
  Rows read() {
    auto pages = open();
    EXPECT_EQ(failure(pages), "");
    Rows rows;
    if (!pages) return rows;
    const Salvage salvage = Salvage::read(**pages);
    for (const SalvagedRow& row : salvage.rows("tb_change")) {
      if (!row.whole) continue;
      EXPECT_EQ(row.integer(1), 1);
      EXPECT_EQ(row.integer(2), 300);
      EXPECT_EQ(row.integer(4), -5);
      const std::int64_t number = row.integer(3).value_or(0);
      const Bytes* bytes = row.blob(5);
      const bool is_it = bytes != nullptr && *bytes == Bytes(bytes->size(), static_cast<Byte>(number));
      EXPECT_TRUE(is_it) << number;
      rows.emplace(number, bytes != nullptr ? bytes->size() : 0);
    }
    return rows;
  }
  void damage(const char* path, std::size_t at, std::size_t size, bool zeros) {
    Bytes content = vault.disk.content(path);
    ASSERT_LE(at + size, content.size());
    for (std::size_t i = at; i < at + size; ++i)
      content[i] = zeros ? Byte{0} : static_cast<Byte>(content[i] ^ 0x5a);
    vault.disk.put(path, content);
  }

  VaultOnDisk vault;
};

TEST_F(SalvageTest, ReadsEverythingOfAnUndamagedFile) {
  const Rows rows = write_closed(1000);
  EXPECT_EQ(read(), rows);
  EXPECT_TRUE(open().value()->damaged().empty());
}

TEST_F(SalvageTest, LosesOnlyWhatLiesInTheDamagedPage) {
  const Rows rows = write_closed(300);
  const Bytes whole = vault.disk.content(VaultOnDisk::kPath);
  const std::size_t pages = whole.size() / kPageSize;
  ASSERT_GT(pages, 30U);
  std::set<std::int64_t> ever_lost;
  for (std::size_t page = 0; page < pages; ++page) {
    damage(VaultOnDisk::kPath, page * kPageSize, kPageSize, page % 2 == 0);
    const Rows found = read();
    std::size_t bytes_lost = 0;
    for (const auto& [number, size] : rows) {
      if (found.contains(number)) continue;
      ever_lost.insert(number);
      // Of a row that lies on several pages, this many bytes at least lie in the one with its beginning.
      bytes_lost += size > kPageUsableSize - 35 ? 450 : size;
    }
    EXPECT_LE(bytes_lost, kPageSize) << "page " << page + 1;
    EXPECT_EQ(open().value()->damaged(), std::vector<std::uint32_t>{static_cast<std::uint32_t>(page + 1)});
    vault.disk.put(VaultOnDisk::kPath, whole);
  }
  EXPECT_EQ(ever_lost.size(), rows.size()) << "each row lies in some page";
}

TEST_F(SalvageTest, KnowsTheBeginningOfARowWhoseEndIsLost) {
  auto database = std::optional(vault.create());
  ASSERT_OK(database->connection().execute(kTable));
  Rows rows;
  write(*database, 4330, 4330, rows);  // 14270 bytes
  database.reset();
  const std::size_t size = vault.disk.content(VaultOnDisk::kPath).size();
  damage(VaultOnDisk::kPath, size - kPageSize, kPageSize, true);
  EXPECT_TRUE(read().empty());
  const Salvage salvage = Salvage::read(*open().value());
  ASSERT_EQ(salvage.rows("tb_change").size(), 1U);
  EXPECT_EQ(salvage.rows("tb_change")[0].integer(3), 4330);
  EXPECT_FALSE(salvage.rows("tb_change")[0].whole);
}

TEST_F(SalvageTest, KnowsRowsThatAreOlderThanTheirTablesLastColumn) {
  {
    auto database = vault.create();
    ASSERT_OK(database.connection().execute(
        "CREATE TABLE tb_circle(circle INTEGER PRIMARY KEY, id BLOB, dossier BLOB, kind TEXT, name TEXT, "
        "subject BLOB, digest BLOB, time INTEGER, cursor INTEGER, epoch INTEGER);"
        "INSERT INTO tb_circle VALUES (1, x'01', x'02', 'kern', 'oud', x'03', x'04', 5, 6, 7);"
        "ALTER TABLE tb_circle ADD COLUMN mark BLOB;"
        "INSERT INTO tb_circle VALUES (2, x'01', x'02', 'kern', 'nieuw', x'03', x'04', 5, 6, 7, x'08');"));
  }
  // Without the schema nothing but their shape says whose rows these are.
  damage(VaultOnDisk::kPath, kFileSaltSize, kPageSize - kFileSaltSize, true);
  const Salvage salvage = Salvage::read(*open().value());
  ASSERT_EQ(salvage.rows("tb_circle").size(), 2U);
  EXPECT_EQ(salvage.rows("tb_circle")[0].columns.size(), 10U);
  EXPECT_EQ(salvage.rows("tb_circle")[1].columns.size(), 11U);
}

TEST_F(SalvageTest, GoesOnBehindADamagedFrameOfTheWal) {
  Rows rows;
  auto database = vault.create();
  ASSERT_OK(database.connection().execute(kTable));
  for (std::int64_t commit = 0; commit < 20; ++commit) write(database, commit * 5 + 1, commit * 5 + 5, rows);
  const std::size_t last = (vault.disk.content(VaultOnDisk::kWalPath).size() - kWalHeaderSize) / kFrameSize;
  write(database, 101, 105, rows);
  const Bytes main = vault.disk.content(VaultOnDisk::kPath);
  const Bytes wal = vault.disk.content(VaultOnDisk::kWalPath);
  const std::size_t frames = (wal.size() - kWalHeaderSize) / kFrameSize;
  ASSERT_GT(frames, 20U);
  { const EncryptedDatabase closing = std::move(database); }
  std::size_t complete = 0;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    vault.disk.put(VaultOnDisk::kPath, main);
    vault.disk.put(VaultOnDisk::kWalPath, wal);
    damage(VaultOnDisk::kWalPath, kWalHeaderSize + frame * kFrameSize, kFrameSize, frame % 2 == 0);
    // The last commit may be one that the power cut off.
    EXPECT_TRUE(open().value()->wal_damaged()) << "frame " << frame;
    EXPECT_EQ(open().value()->commits_follow_wal_damage(), frame < last) << "frame " << frame;
    const Rows found = read();
    if (found == rows) ++complete;
    EXPECT_GT(found.size() + 40, rows.size()) << "frame " << frame;
  }
  EXPECT_GT(complete, frames / 2) << "a page stands in several frames";
}

TEST_F(SalvageTest, TakesWhatAnUndoneWriteLeftForNoCommit) {
  Rows rows;
  auto database = std::optional(vault.create());
  ASSERT_OK(database->connection().execute(kTable));
  write(*database, 1, 200, rows);
  const std::size_t begun = vault.disk.content(VaultOnDisk::kWalPath).size();
  ASSERT_OK(database->connection().execute("UPDATE tb_change SET time = -6"));
  Bytes main = vault.disk.content(VaultOnDisk::kPath);
  Bytes wal = vault.disk.content(VaultOnDisk::kWalPath);
  database.reset();
  // The process was killed in the middle of the second transaction; the next one writes some of its pages.
  const std::size_t killed = begun + 15 * kFrameSize;
  ASSERT_LT(killed, wal.size());
  wal.resize(killed);
  vault.disk.put(VaultOnDisk::kPath, main);
  vault.disk.put(VaultOnDisk::kWalPath, wal);
  database.emplace(vault.open().value());
  ASSERT_OK(
      database->connection().execute("UPDATE tb_change SET time = -7 WHERE number BETWEEN 100 AND 130"));
  main = vault.disk.content(VaultOnDisk::kPath);
  wal = vault.disk.content(VaultOnDisk::kWalPath);
  ASSERT_EQ(wal.size(), killed) << "what was undone stands behind it";
  database.reset();
  // Whichever frame the power cut tears, of the last commit or behind it.
  for (std::size_t frame = begun; frame < begun + 10 * kFrameSize; frame += kFrameSize) {
    vault.disk.put(VaultOnDisk::kPath, main);
    vault.disk.put(VaultOnDisk::kWalPath, wal);
    damage(VaultOnDisk::kWalPath, frame, kFrameSize, true);
    EXPECT_FALSE(open().value()->commits_follow_wal_damage()) << "frame at " << frame;
  }
}

TEST_F(SalvageTest, ReadsTheWalWithoutItsHeader) {
  Rows rows;
  auto database = vault.create();
  ASSERT_OK(database.connection().execute(kTable));
  write(database, 1, 50, rows);
  const Bytes main = vault.disk.content(VaultOnDisk::kPath);
  const Bytes wal = vault.disk.content(VaultOnDisk::kWalPath);
  { const EncryptedDatabase closing = std::move(database); }
  vault.disk.put(VaultOnDisk::kPath, main);
  vault.disk.put(VaultOnDisk::kWalPath, wal);
  damage(VaultOnDisk::kWalPath, 0, kWalHeaderSize, true);
  EXPECT_EQ(read(), rows);
  EXPECT_TRUE(open().value()->commits_follow_wal_damage());
}

TEST_F(SalvageTest, ReadsTheWalWithoutItsFirstBlocks) {
  Rows rows;
  auto database = vault.create();
  ASSERT_OK(database.connection().execute(kTable));
  for (std::int64_t commit = 0; commit < 20; ++commit) write(database, commit * 5 + 1, commit * 5 + 5, rows);
  const Bytes main = vault.disk.content(VaultOnDisk::kPath);
  const Bytes wal = vault.disk.content(VaultOnDisk::kWalPath);
  { const EncryptedDatabase closing = std::move(database); }
  for (const std::size_t blocks : {1U, 2U, 3U}) {
    vault.disk.put(VaultOnDisk::kPath, main);
    vault.disk.put(VaultOnDisk::kWalPath, wal);
    damage(VaultOnDisk::kWalPath, 0, blocks * 4096, blocks % 2 == 0);
    EXPECT_TRUE(open().value()->wal_damaged()) << blocks;
    EXPECT_TRUE(open().value()->commits_follow_wal_damage()) << blocks;
    EXPECT_GT(read().size() + 10, rows.size()) << blocks << " blocks";
  }
}

/// The WAL as it is left by an end without closing, with rows in two generations: the second, shorter one is
/// written over the beginning of the first.
TEST_F(SalvageTest, TakesNothingOfAnEarlierGenerationOfTheWalForDamage) {
  Rows rows;
  auto database = vault.create();
  ASSERT_OK(database.connection().execute(kTable));
  for (std::int64_t commit = 0; commit < 20; ++commit) write(database, commit * 5 + 1, commit * 5 + 5, rows);
  ASSERT_EQ(sqlite3_wal_checkpoint_v2(database.connection().handle(), "main", SQLITE_CHECKPOINT_RESTART,
                                      nullptr, nullptr),
            SQLITE_OK);
  write(database, 101, 103, rows);
  write(database, 104, 106, rows);
  const Bytes main = vault.disk.content(VaultOnDisk::kPath);
  const Bytes wal = vault.disk.content(VaultOnDisk::kWalPath);
  { const EncryptedDatabase closing = std::move(database); }
  vault.disk.put(VaultOnDisk::kPath, main);
  vault.disk.put(VaultOnDisk::kWalPath, wal);
  EXPECT_FALSE(open().value()->wal_damaged());
  EXPECT_EQ(read(), rows);
  damage(VaultOnDisk::kWalPath, 0, 4096, false);
  EXPECT_TRUE(open().value()->wal_damaged());
  EXPECT_GE(read().size() + 6, rows.size());
}

TEST_F(SalvageTest, TakesNoPowerLossForDamageThatCommitsFollow) {
  std::size_t torn = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    VaultOnDisk world(seed);
    {
      auto database = std::optional(world.create());
      ASSERT_OK(database->connection().execute(kTable));
      std::mt19937_64 dice(seed);
      world.disk.fail_at(20 + dice() % 400, testing_support::CrashDisk::Fault::kPowerLoss);
      for (std::int64_t note = 0; note < 40; ++note) {
        if (dice() % 9 == 0)
          (void)sqlite3_wal_checkpoint_v2(database->connection().handle(), "main", SQLITE_CHECKPOINT_RESTART,
                                          nullptr, nullptr);
        if (!write_notes(database->connection(), note * 10, 10, 500 + dice() % 5000)) break;
      }
    }
    world.disk.restart(testing_support::CrashDisk::Tear::kWithGarbage);
    const auto pages = SalvagedPages::open(world.disk.vfs_name(), VaultOnDisk::kPath,
                                           VaultOnDisk::key_number(1), world.random);
    ASSERT_OK(pages);
    torn += (*pages)->wal_damaged() ? 1U : 0U;
    EXPECT_FALSE((*pages)->commits_follow_wal_damage()) << "seed " << seed;
  }
  EXPECT_GT(torn, 10U) << "some of these end in the middle of a frame";
}

TEST_F(SalvageTest, StopsWhereTheWalWasWrittenOverAfterACrash) {
  Rows rows;
  auto database = std::optional(vault.create());
  ASSERT_OK(database->connection().execute(kTable));
  write(*database, 1, 10, rows);
  const std::size_t before = vault.disk.content(VaultOnDisk::kWalPath).size();
  const Rows kept = rows;
  write(*database, 11, 40, rows);
  const Bytes main = vault.disk.content(VaultOnDisk::kPath);
  Bytes wal = vault.disk.content(VaultOnDisk::kWalPath);
  database.reset();
  // The power went while the second write was on its way, and its first frame did not get to the disk.
  wal[before + 2000] ^= 1;
  vault.disk.put(VaultOnDisk::kPath, main);
  vault.disk.put(VaultOnDisk::kWalPath, wal);
  database.emplace(vault.open().value());
  rows = kept;
  write(*database, 50, 50, rows);
  const Bytes main_then = vault.disk.content(VaultOnDisk::kPath);
  const Bytes wal_then = vault.disk.content(VaultOnDisk::kWalPath);
  ASSERT_EQ(wal_then.size(), wal.size()) << "what was left of the second write stands behind the third";
  database.reset();
  vault.disk.put(VaultOnDisk::kPath, main_then);
  vault.disk.put(VaultOnDisk::kWalPath, wal_then);
  EXPECT_FALSE(open().value()->wal_damaged());
  EXPECT_EQ(read(), rows);
}

TEST_F(SalvageTest, ReadsAFileThatWasCutShort) {
  const Rows rows = write_closed(1000);
  Bytes content = vault.disk.content(VaultOnDisk::kPath);
  content.resize(content.size() / 2 + 100);
  vault.disk.put(VaultOnDisk::kPath, content);
  const Rows found = read();
  EXPECT_GT(found.size(), rows.size() / 4);
  EXPECT_LT(found.size(), rows.size());
  EXPECT_GT(open().value()->damaged().size(), 10U);
}

TEST_F(SalvageTest, FindsTheSaltOfALostFirstPageOnTheOthers) {
  const Rows rows = write_closed(300);
  const std::size_t pages = vault.disk.content(VaultOnDisk::kPath).size() / kPageSize;
  damage(VaultOnDisk::kPath, 0, kPageSize, false);
  for (std::size_t page = 3; page < pages; page += 4)
    damage(VaultOnDisk::kPath, page * kPageSize, kPageSize, page % 8 == 3);
  EXPECT_EQ(open().value()->damaged().size(), 1 + (pages - 3 + 3) / 4);
  EXPECT_GT(read().size(), rows.size() / 4);
}

TEST_F(SalvageTest, SaysSoWhenNothingCanBeRead) {
  write_closed(10);
  EXPECT_CODE(Code::kDecryptFailed, open(2));
  Bytes content = vault.disk.content(VaultOnDisk::kPath);
  // As a vault was before its pages carried the salt.
  for (std::size_t page = 2 * kPageSize; page <= content.size(); page += kPageSize)
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(page - kKeyCheckSize), kKeyCheckSize, Byte{0});
  vault.disk.put(VaultOnDisk::kPath, content);
  EXPECT_EQ(failure(open()), "");
  damage(VaultOnDisk::kPath, 0, kFileSaltSize, true);
  EXPECT_CODE(Code::kDecryptFailed, open());
}

TEST_F(SalvageTest, LeavesTheFileToWhoeverHasItOpen) {
  auto database = vault.create();
  ASSERT_OK(database.connection().execute(kTable));
  EXPECT_CODE(Code::kLocked, open());
}

RC_GTEST_FIXTURE_PROP(SalvageTest, MakesSenseOfAnyPageWithoutHarm, ()) {
  auto page = *rc::gen::container<Bytes>(kPageSize, rc::gen::arbitrary<Byte>());
  page[0] = *rc::gen::element<Byte>(2, 5, 10, 13);
  const auto next = [](std::uint32_t) -> std::optional<Bytes> { return Bytes(kPageSize, 0x81); };
  const auto cells = read_cells(page, 2, next);
  RC_ASSERT(cells.has_value());
  RC_ASSERT(cells->rows.size() <= 65535U);
}

}  // namespace
}  // namespace thuisbasis
