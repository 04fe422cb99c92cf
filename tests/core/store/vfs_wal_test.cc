// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

/// A vault as a crash leaves it: the two files of an open database, with its transactions in the WAL.
/// Transaction n wrote row n, so the number of rows is the number of transactions.
class VfsWal : public ::testing::Test {
 protected:
  static constexpr int kTransactions = 6;

  void SetUp() override {
    EncryptedDatabase database = vault.create();
    ASSERT_OK(
        database.connection().execute("CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);"
                                      "PRAGMA wal_checkpoint(TRUNCATE)"));
    for (int number = 1; number <= kTransactions; ++number) {
      ASSERT_OK(write_notes(database.connection(), number, 1, 6000));
      ends.push_back(vault.disk.content(VaultOnDisk::kWalPath).size());
    }
    file = vault.disk.content(VaultOnDisk::kPath);
    wal = vault.disk.content(VaultOnDisk::kWalPath);
  }
  /// Opens a crashed image in a disk of its own; the number of transactions found, or -1 for an error.
  std::int64_t recover(const Bytes& with_wal) {
    VaultOnDisk crashed(5);
    crashed.disk.put(VaultOnDisk::kPath, file);
    crashed.disk.put(VaultOnDisk::kWalPath, with_wal);
    auto database = crashed.open();
    if (!database) {
      ADD_FAILURE() << database.error().message();
      return -1;
    }
    EXPECT_TRUE(database->check_integrity().has_value());
    return count_notes(database->connection());
  }
  /// How many transactions lie whole before `size` bytes of WAL.
  std::int64_t whole_before(std::size_t size) const {
    return std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; });
  }

  VaultOnDisk vault;
  Bytes file;
  Bytes wal;
  std::vector<std::size_t> ends;
};

TEST_F(VfsWal, RecoversEveryTransactionOfAWholeWal) { EXPECT_EQ(recover(wal), kTransactions); }

TEST_F(VfsWal, FallsBackToTheLastWholeCommitWhereverItIsCut) {
  // Every byte of the last two frames' headers and edges, and every 16th byte of all the rest.
  for (std::size_t size = 0; size <= wal.size(); ++size) {
    const bool near_the_end = size + 2 * kFrameSize > wal.size() && (size - kWalHeaderSize) % kFrameSize < 32;
    if (size % 16 != 0 && !near_the_end && size + 40 < wal.size()) continue;
    const Bytes cut(wal.begin(), wal.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_EQ(recover(cut), whole_before(size)) << "cut at " << size;
  }
}

TEST_F(VfsWal, FallsBackToTheCommitBeforeATornByteAnywhereInTheLastFrames) {
  const std::size_t last_frames = ends[ends.size() - 2];
  for (std::size_t at = last_frames; at < wal.size(); at += 1) {
    const std::size_t in_frame = (at - kWalHeaderSize) % kFrameSize;
    if (in_frame > 64 && in_frame < kFrameHeaderSize + kPageUsableSize - 16 && at % 41 != 0) continue;
    Bytes torn = wal;
    torn[at] = static_cast<Byte>(torn[at] ^ 0xff);
    ASSERT_EQ(recover(torn), kTransactions - 1) << "torn at " << at;
  }
}

TEST_F(VfsWal, FallsBackWhenTheLastFramesAreZeroOrGarbage) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    Bytes torn = wal;
    const std::size_t sector = kWalHeaderSize + random() % (torn.size() - kWalHeaderSize - 512);
    const bool zero = round % 2 == 0;
    for (std::size_t at = sector; at < sector + 512; ++at)
      torn[at] = zero ? Byte{0} : static_cast<Byte>(random());
    EXPECT_EQ(recover(torn), whole_before(sector)) << "round " << round;
  }
}

TEST_F(VfsWal, IgnoresTheWalOfAnotherCopyOfAnotherKeyAndSwappedFrames) {
  Bytes swapped = wal;
  const auto frame = [&](std::size_t number) {
    return swapped.begin() + static_cast<std::ptrdiff_t>(kWalHeaderSize + number * kFrameSize);
  };
  std::swap_ranges(frame(0), frame(1), frame(1));
  EXPECT_EQ(recover(swapped), 0);
  VaultOnDisk other(99);
  EncryptedDatabase database =
      std::move(EncryptedDatabase::create(other.at(), VaultOnDisk::key_number(2)).value());
  ASSERT_OK(write_notes(database.connection(), 1, 3, 100));
  EXPECT_EQ(recover(other.disk.content(VaultOnDisk::kWalPath)), 0);
}

TEST_F(VfsWal, RecoversPagesRewrittenInsideOneTransaction) {
  VaultOnDisk spilled(7);
  EncryptedDatabase database = spilled.create();
  sqlite::Connection& connection = database.connection();
  ASSERT_OK(
      connection.execute("CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT); PRAGMA cache_size=10; BEGIN;"
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                         " INSERT INTO note SELECT i, hex(zeroblob(200)) FROM n;"
                         "UPDATE note SET body = body || 'x'; UPDATE note SET body = body || 'y'; COMMIT"));
  vault.disk.put(VaultOnDisk::kPath, spilled.disk.content(VaultOnDisk::kPath));
  file = spilled.disk.content(VaultOnDisk::kPath);
  EXPECT_EQ(recover(spilled.disk.content(VaultOnDisk::kWalPath)), 500);
  EXPECT_EQ(database.report().damaged_reads, 0u);
}

TEST_F(VfsWal, WritesTheFramesOfACommitTogether) {
  VaultOnDisk counted(10);
  EncryptedDatabase database = counted.create();
  ASSERT_OK(write_notes(database.connection(), 1, 1, 10));
  std::vector<std::size_t> writes;
  counted.disk.on_write = [&](ByteView bytes) { writes.push_back(bytes.size()); };
  ASSERT_OK(write_notes(database.connection(), 2, 1, 6 * kPageSize));
  counted.disk.on_write = nullptr;
  ASSERT_EQ(writes.size(), 1U);
  EXPECT_GE(writes[0], 6 * kFrameSize);
  EXPECT_EQ(writes[0] % kFrameSize, 0U);
}

TEST_F(VfsWal, FindsTheSaltInTheWalWhenACheckpointTornTheFirstPage) {
  VaultOnDisk torn(8);
  {
    EncryptedDatabase database = torn.create();
    ASSERT_OK(write_notes(database.connection(), 1, 20, 3000));
    file = torn.disk.content(VaultOnDisk::kPath);
    wal = torn.disk.content(VaultOnDisk::kWalPath);
  }
  for (const std::size_t sector : {0u, 512u, 3584u}) {
    VaultOnDisk crashed(9);
    Bytes damaged = file;
    for (std::size_t at = sector; at < sector + 512; ++at) damaged[at] = static_cast<Byte>(at * 31);
    crashed.disk.put(VaultOnDisk::kPath, damaged);
    crashed.disk.put(VaultOnDisk::kWalPath, wal);
    auto database = crashed.open();
    ASSERT_OK(database);
    EXPECT_EQ(count_notes(database->connection()), 20);
    ASSERT_OK(database->check_integrity());
  }
}

TEST_F(VfsWal, ShowsNeitherSaltsNorChecksumsInFrameHeaders) {
  const ByteView salts = ByteView(wal).subspan(16, 8);
  for (std::size_t at = kWalHeaderSize; at < wal.size(); at += kFrameSize)
    EXPECT_FALSE(std::equal(salts.begin(), salts.end(), wal.begin() + static_cast<std::ptrdiff_t>(at) + 8));
}

// The attack of CRYPTO 3.4, 1: SQLite's checksum is linear, so two frames' clear checksums give the
// difference of their pages. Here the field is a block cipher's output: across many one-bit edits about half
// of its bits change.
TEST_F(VfsWal, ChecksumFieldsOfNearlyEqualFramesLookUnrelated) {
  auto database = EncryptedDatabase::create(vault.at("other.db"), VaultOnDisk::key_number(1));
  ASSERT_OK(database);
  ASSERT_OK(write_notes(database->connection(), 1, 1, 10));
  ASSERT_OK(database->connection().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  for (int value = 0; value < 64; ++value)
    ASSERT_OK(database->connection().execute("UPDATE note SET body = char(" + std::to_string(97 + value % 2) +
                                             ")"));
  const Bytes log = vault.disk.content("other.db-wal");
  const std::size_t frames = (log.size() - kWalHeaderSize) / kFrameSize;
  ASSERT_GE(frames, 64u);
  std::size_t changed_bits = 0;
  for (std::size_t number = 1; number < frames; ++number)
    for (std::size_t at = 8; at < kFrameHeaderSize; ++at) {
      const std::size_t here = kWalHeaderSize + number * kFrameSize + at;
      for (unsigned bits = log[here] ^ log[here - kFrameSize]; bits != 0; bits &= bits - 1) ++changed_bits;
    }
  const double share = static_cast<double>(changed_bits) / static_cast<double>((frames - 1) * 128);
  EXPECT_GT(share, 0.45);
  EXPECT_LT(share, 0.55);
}

}  // namespace
}  // namespace thuisbasis
