// SPDX-License-Identifier: EUPL-1.2
#include <sqlite3.h>

#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

/// The files of an open database as SQLite holds them, so that a test can ask for shapes SQLite does not.
class VfsIo : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(write_notes(database.connection(), 1, 50, 300));
    sqlite3_file_control(database.connection().handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    sqlite3_file_control(database.connection().handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  }
  static int read(sqlite3_file* from, Bytes& out, sqlite3_int64 offset) {
    return from->pMethods->xRead(from, out.data(), static_cast<int>(out.size()), offset);
  }
  static int write(sqlite3_file* to, const Bytes& bytes, sqlite3_int64 offset) {
    return to->pMethods->xWrite(to, bytes.data(), static_cast<int>(bytes.size()), offset);
  }
  Bytes page(sqlite3_int64 number) {
    Bytes bytes(kPageSize);
    EXPECT_EQ(read(file, bytes, (number - 1) * 4096), SQLITE_OK);
    return bytes;
  }

  VaultOnDisk vault;
  EncryptedDatabase database = vault.create();
  sqlite3_file* file = nullptr;
  sqlite3_file* wal = nullptr;
};

TEST_F(VfsIo, AnswersTheShapesThatSqliteReadsInTheDatabaseFile) {
  ASSERT_OK(database.connection().execute("PRAGMA wal_checkpoint"));
  const Bytes first = page(1);
  const Bytes second = page(2);
  EXPECT_TRUE(std::equal(sqlite_magic().begin(), sqlite_magic().end(), first.begin()));
  for (std::size_t at = kPageUsableSize; at < kPageSize; ++at)
    EXPECT_EQ(first[at] | second[at], 0) << "tail " << at;
  Bytes header(100);
  EXPECT_EQ(read(file, header, 0), SQLITE_OK);
  EXPECT_TRUE(std::equal(header.begin(), header.end(), first.begin()));
  Bytes version(16);
  EXPECT_EQ(read(file, version, 24), SQLITE_OK);
  EXPECT_TRUE(std::equal(version.begin(), version.end(), first.begin() + 24));
  Bytes usable(kPageUsableSize);
  EXPECT_EQ(read(file, usable, 4096), SQLITE_OK);
  EXPECT_TRUE(std::equal(usable.begin(), usable.end(), second.begin()));
  EXPECT_EQ(database.report().refused_reads, 0u);
}

TEST_F(VfsIo, AnswersTheShapesThatSqliteReadsInTheWal) {
  Bytes frame(kFrameSize);
  Bytes other(kPageSize);
  Bytes header(kFrameHeaderSize);
  Bytes checksum(8);
  Bytes wal_header(kWalHeaderSize);
  EXPECT_EQ(read(wal, wal_header, 0), SQLITE_OK);
  EXPECT_EQ(read(wal, checksum, 24), SQLITE_OK);
  EXPECT_TRUE(std::equal(checksum.begin(), checksum.end(), wal_header.begin() + 24));
  const sqlite3_int64 second = 32 + 4120;
  EXPECT_EQ(read(wal, frame, second), SQLITE_OK);
  EXPECT_TRUE(std::equal(wal_header.begin() + 16, wal_header.begin() + 24, frame.begin() + 8)) << "the salts";
  EXPECT_EQ(read(wal, other, second + 24), SQLITE_OK);
  EXPECT_TRUE(std::equal(other.begin(), other.end(), frame.begin() + 24));
  EXPECT_EQ(read(wal, header, second), SQLITE_OK);
  EXPECT_TRUE(std::equal(header.begin(), header.end(), frame.begin()));
  EXPECT_EQ(read(wal, checksum, second + 16), SQLITE_OK);
  EXPECT_TRUE(std::equal(checksum.begin(), checksum.end(), frame.begin() + 16));
  EXPECT_EQ(database.report().refused_reads, 0u);
}

TEST_F(VfsIo, RefusesEveryOtherReadAndCountsIt) {
  std::uint64_t refused = 0;
  for (const auto& [size, offset] : std::vector<std::pair<std::size_t, sqlite3_int64>>{{100, 4096},
                                                                                       {99, 0},
                                                                                       {16, 25},
                                                                                       {16, 4120},
                                                                                       {4096, 1},
                                                                                       {4096, 4095},
                                                                                       {8192, 0},
                                                                                       {1, 0},
                                                                                       {4049, 4096}}) {
    Bytes out(size);
    EXPECT_EQ(read(file, out, offset), SQLITE_IOERR_READ) << size << " at " << offset;
    EXPECT_EQ(database.report().refused_reads, ++refused);
  }
  for (const auto& [size, offset] : std::vector<std::pair<std::size_t, sqlite3_int64>>{
           {31, 0}, {8, 16}, {4096, 32}, {24, 33}, {4120, 33}, {8, 32}, {8, 64}, {4119, 32}, {4095, 56}}) {
    Bytes out(size);
    EXPECT_EQ(read(wal, out, offset), SQLITE_IOERR_READ) << size << " at " << offset;
    EXPECT_EQ(database.report().refused_reads, ++refused);
  }
}

TEST_F(VfsIo, RefusesWritesThatAreNotWholePagesWithAZeroTail) {
  ASSERT_OK(database.connection().execute("PRAGMA wal_checkpoint"));
  const Bytes good = page(2);
  std::uint64_t refused = 0;
  const auto refuses = [&](sqlite3_file* to, const Bytes& bytes, sqlite3_int64 offset) {
    EXPECT_EQ(write(to, bytes, offset), SQLITE_IOERR_WRITE) << bytes.size() << " at " << offset;
    EXPECT_EQ(database.report().refused_writes, ++refused);
  };
  for (std::size_t at = kPageUsableSize; at < kPageSize; ++at) {
    Bytes tail = good;
    tail[at] = 1;
    refuses(file, tail, 4096);
    refuses(wal, tail, 32 + 24);
  }
  refuses(file, Bytes(4095), 4096);
  refuses(file, Bytes(8192), 4096);
  refuses(file, good, 4097);
  refuses(wal, Bytes(32), 0);
  refuses(wal, Bytes(16), 8);
  refuses(wal, Bytes(23), 32);
  refuses(wal, Bytes(4120), 32);
  refuses(wal, Bytes(100), 100);
  EXPECT_EQ(page(2), good);
}

TEST_F(VfsIo, RefusesAFirstPageWithOtherSettings) {
  ASSERT_OK(database.connection().execute("PRAGMA wal_checkpoint"));
  const Bytes good = page(1);
  for (const std::size_t at : {0u, 15u, 16u, 17u, 18u, 19u, 20u, 21u, 22u, 23u, 52u, 55u, 64u, 67u}) {
    Bytes other = good;
    other[at] = static_cast<Byte>(other[at] ^ 3);
    EXPECT_EQ(write(file, other, 0), SQLITE_IOERR_WRITE) << "byte " << at;
  }
  Bytes rollback_mode = good;
  rollback_mode[18] = rollback_mode[19] = 1;
  EXPECT_EQ(write(file, rollback_mode, 0), SQLITE_IOERR_WRITE);
  EXPECT_EQ(write(file, good, 0), SQLITE_OK);
}

TEST_F(VfsIo, HasNoMemoryMapAndNoAtomicWrites) {
  EXPECT_EQ(file->pMethods->iVersion, 2);
  EXPECT_EQ(file->pMethods->xFetch, nullptr);
  sqlite3_int64 size = 1 << 20;
  EXPECT_EQ(file->pMethods->xFileControl(file, SQLITE_FCNTL_MMAP_SIZE, &size), SQLITE_OK);
  EXPECT_EQ(size, 0);
  EXPECT_EQ(file->pMethods->xFileControl(file, SQLITE_FCNTL_BEGIN_ATOMIC_WRITE, nullptr), SQLITE_NOTFOUND);
  EXPECT_EQ(file->pMethods->xDeviceCharacteristics(file), SQLITE_IOCAP_POWERSAFE_OVERWRITE);
  EXPECT_EQ(wal->pMethods->xDeviceCharacteristics(wal), SQLITE_IOCAP_POWERSAFE_OVERWRITE);
}

TEST_F(VfsIo, OpensNoJournalAndNoSecondDatabaseKind) {
  sqlite3_vfs* vfs = nullptr;
  sqlite3_file_control(database.connection().handle(), "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  Bytes memory(static_cast<std::size_t>(vfs->szOsFile));
  auto* const opened = reinterpret_cast<sqlite3_file*>(memory.data());
  for (const int kind : {SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_SUPER_JOURNAL})
    EXPECT_EQ(vfs->xOpen(vfs, "vault.db-journal", opened, kind | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                         nullptr),
              SQLITE_CANTOPEN);
  EXPECT_FALSE(vault.disk.has("vault.db-journal"));
  EXPECT_EQ(vfs->xDlOpen(vfs, "libanything.so"), nullptr);
}

}  // namespace
}  // namespace thuisbasis
