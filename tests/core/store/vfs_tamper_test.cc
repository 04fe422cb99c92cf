// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

/// A closed vault of some twenty pages, and ways to change its file.
class VfsTamper : public ::testing::Test {
 protected:
  void SetUp() override {
    EncryptedDatabase database = vault.create();
    ASSERT_OK(write_notes(database.connection(), 1, 200, 300));
  }
  Bytes file() const { return vault.disk.content(VaultOnDisk::kPath); }
  Byte* page(Bytes& bytes, std::size_t number) const { return bytes.data() + (number - 1) * kPageSize; }
  /// Opens the changed file and reads all of it: the damage must show, with the page's number.
  void expect_damage(Bytes changed, std::uint32_t number) {
    vault.disk.put(VaultOnDisk::kPath, std::move(changed));
    auto database = vault.open();
    Status checked = database ? database->check_integrity() : Status(database.error());
    ASSERT_FALSE(checked.has_value()) << "page " << number;
    EXPECT_EQ(checked.error().code(), Code::kDamaged);
    EXPECT_NE(checked.error().context().find("page " + std::to_string(number) + " "), std::string::npos)
        << checked.error().message();
  }

  VaultOnDisk vault;
};

TEST_F(VfsTamper, NamesThePageOfAFlippedBitInEveryRegion) {
  const Bytes good = file();
  for (const std::uint32_t number : {2u, 5u, 9u}) {
    // Ciphertext at both ends, tag, nonce, key id, spare.
    for (const std::size_t at : {0u, 99u, 4047u, 4048u, 4063u, 4064u, 4087u, 4088u, 4089u, 4095u}) {
      Bytes damaged = good;
      page(damaged, number)[at] ^= 0x20;
      expect_damage(std::move(damaged), number);
    }
  }
}

TEST_F(VfsTamper, SeesEveryByteOfTheFirstPage) {
  const Bytes good = file();
  for (std::size_t at = 0; at < kPageSize; at += at < 200 || at > 4030 ? 1 : 97) {
    Bytes damaged = good;
    damaged[at] ^= 1;
    expect_damage(std::move(damaged), 1);
  }
}

TEST_F(VfsTamper, SeesSwappedPages) {
  Bytes swapped = file();
  std::swap_ranges(page(swapped, 4), page(swapped, 5), page(swapped, 5));
  vault.disk.put(VaultOnDisk::kPath, swapped);
  auto database = vault.open();
  ASSERT_OK(database);
  EXPECT_CODE(Code::kDamaged, database->check_integrity());
  EXPECT_TRUE(database->report().damaged_page == 4 || database->report().damaged_page == 5);
}

TEST_F(VfsTamper, SeesAPageOfACopyUnderTheSameKey) {
  VaultOnDisk other(77);
  {
    EncryptedDatabase database = other.create();
    ASSERT_OK(write_notes(database.connection(), 1, 200, 300));
  }
  Bytes other_file = other.disk.content(VaultOnDisk::kPath);
  Bytes spliced = file();
  std::copy_n(page(other_file, 4), kPageSize, page(spliced, 4));
  expect_damage(std::move(spliced), 4);
}

TEST_F(VfsTamper, SeesAPageOfTheWalInTheDatabaseFile) {
  Bytes wal;
  {
    auto database = vault.open();
    ASSERT_OK(database);
    ASSERT_OK(database->connection().execute("UPDATE note SET body = 'new' WHERE id = 1"));
    wal = vault.disk.content(VaultOnDisk::kWalPath);
  }
  ASSERT_GE(wal.size(), kWalHeaderSize + kFrameSize);
  const std::uint32_t number = read_u32(ByteView(wal).subspan(kWalHeaderSize));
  Bytes spliced = file();
  std::copy_n(wal.begin() + kWalHeaderSize + kFrameHeaderSize, kPageSize, page(spliced, number));
  expect_damage(std::move(spliced), number);
}

// Each page authenticates by itself: an older state of one page of the database file is authentic. Nothing
// below SQLite can know better without a root over all pages (CRYPTO 3.4, 17); what SQLite itself sees of it
// is all there is. This test states the limit, so that a change in it is noticed.
TEST_F(VfsTamper, CannotSeeAnOlderStateOfOnePageWhichIsAStatedLimit) {
  Bytes old_file = file();
  {
    auto database = vault.open();
    ASSERT_OK(database);
    ASSERT_OK(database->connection().execute("UPDATE note SET body = replace(body, 'b', 'B') WHERE id = 1"));
  }
  Bytes spliced = file();
  std::uint32_t changed = 0;
  for (std::uint32_t number = 2; number <= spliced.size() / kPageSize && changed == 0; ++number)
    if (!std::equal(page(spliced, number), page(spliced, number) + kPageSize, page(old_file, number)))
      changed = number;
  ASSERT_NE(changed, 0u);
  std::copy_n(page(old_file, changed), kPageSize, page(spliced, changed));
  vault.disk.put(VaultOnDisk::kPath, spliced);
  auto database = vault.open();
  ASSERT_OK(database);
  EXPECT_EQ(count_notes(database->connection()), 200);
  EXPECT_EQ(database->report().damaged_reads, 0u);
}

TEST_F(VfsTamper, SeesATruncatedFile) {
  const Bytes good = file();
  for (const std::size_t missing : {1u, 100u, 4096u, 8192u, 5000u}) {
    vault.disk.put(VaultOnDisk::kPath,
                   Bytes(good.begin(), good.end() - static_cast<std::ptrdiff_t>(missing)));
    auto database = vault.open();
    const Status checked = database ? database->check_integrity() : Status(database.error());
    EXPECT_CODE(Code::kDamaged, checked);
  }
}

TEST_F(VfsTamper, LooksAtNoJournalThatSomebodyPutThere) {
  {
    // A real hot journal of a stock database, which SQLite would play back into the file.
    auto stock = sqlite::Connection::open("stock.db", {.create = true, .vfs = vault.disk.vfs_name()});
    ASSERT_OK(stock);
    ASSERT_OK(
        stock->execute("PRAGMA cache_size=1; CREATE TABLE t(x); INSERT INTO t VALUES(zeroblob(40000));"
                       "BEGIN; UPDATE t SET x = randomblob(50000)"));
    vault.disk.put("vault.db-journal", vault.disk.content("stock.db-journal"));
    ASSERT_FALSE(vault.disk.content("vault.db-journal").empty());
  }
  const Bytes good = file();
  auto database = vault.open();
  ASSERT_OK(database);
  ASSERT_OK(database->check_integrity());
  EXPECT_EQ(file(), good);
}

}  // namespace
}  // namespace thuisbasis
