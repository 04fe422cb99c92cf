// SPDX-License-Identifier: EUPL-1.2
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kCanary = "kanarie-Zonnebloemstraat-1974";

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() : path_(std::filesystem::path(::testing::TempDir()) / ("vfs-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const char* name) const { return path_ / name; }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) found.push_back(entry.path());
    return found;
  }

 private:
  std::filesystem::path path_;
};

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Status fill_with_canaries(sqlite::Connection& connection) {
  TB_CHECK(
      connection.execute("CREATE TABLE note(id INTEGER PRIMARY KEY, canary_column TEXT);"
                         "CREATE VIRTUAL TABLE note_search USING fts5(body);"
                         "CREATE INDEX note_by_text ON note(canary_column)"));
  for (int batch = 0; batch < 20; ++batch) {
    TB_TRY(auto transaction, sqlite::Transaction::begin(connection));
    for (int row = 0; row < 30; ++row) {
      TB_TRY(sqlite::Statement * note, connection.cached("INSERT INTO note(canary_column) VALUES(?1)"));
      const std::string text = std::string(kCanary) + " " + std::to_string(batch * 30 + row);
      TB_CHECK(note->bind(1, text).run());
      TB_TRY(sqlite::Statement * search, connection.cached("INSERT INTO note_search(body) VALUES(?1)"));
      TB_CHECK(search->bind(1, text).run());
    }
    TB_CHECK(transaction.commit());
  }
  std::string large(200'000, 'x');
  large.replace(100'000, kCanary.size(), kCanary);
  TB_TRY(sqlite::Statement * note, connection.cached("INSERT INTO note(canary_column) VALUES(?1)"));
  return note->bind(1, large).run();
}

TEST(EncryptedDatabase, ShowsNoPlaintextInAnyFileAndNoShmOrJournalOrTemporaryFile) {
  const Folder folder;
  testing_support::SeededRandom random(3);
  const EncryptedDatabase::Location location{.path = folder / "vault.db", .random = random};
  auto database = EncryptedDatabase::create(location, VaultOnDisk::key_number(1));
  ASSERT_OK(database);
  ASSERT_OK(fill_with_canaries(database->connection()));
  // A sort and a materialisation too large for any cache would go to temporary files.
  ASSERT_OK(
      database->connection().execute("PRAGMA cache_size=10; CREATE TABLE sorted AS SELECT a.canary_column || "
                                     "b.id AS t FROM note a, note b LIMIT 30000;"
                                     "CREATE INDEX sorted_by_t ON sorted(t); VACUUM"));
  EXPECT_EQ(
      database->connection().query_integer("SELECT count(*) FROM note_search('zonnebloemstraat')").value(),
      600);
  std::set<std::string> names;
  for (const auto& path : folder.files()) {
    names.insert(path.filename());
    const Bytes content = read_file(path);
    EXPECT_FALSE(holds(content, kCanary)) << path;
    EXPECT_FALSE(holds(content, "Zonnebloem")) << path;
    EXPECT_FALSE(holds(content, "canary_column")) << path;
    EXPECT_FALSE(holds(content, "SQLite format")) << path;
  }
  EXPECT_EQ(names, (std::set<std::string>{"vault.db", "vault.db-wal"}));
  EXPECT_EQ(database->report().refused_reads, 0u);
  EXPECT_EQ(database->report().refused_writes, 0u) << "a tail that is not zero, or an unknown shape";
  EXPECT_GT(database->report().ram_files, 0u);
  ASSERT_OK(database->check_integrity());
}

TEST(EncryptedDatabase, FindsACanaryInAStockDatabaseSoTheSearchHasTeeth) {
  const Folder folder;
  auto stock = sqlite::Connection::open(folder / "stock.db", {.create = true});
  ASSERT_OK(stock);
  ASSERT_OK(fill_with_canaries(*stock));
  EXPECT_TRUE(holds(read_file(folder / "stock.db"), kCanary));
}

TEST(EncryptedDatabase, IsLockedWhileItIsOpenElsewhere) {
  VaultOnDisk vault;
  const EncryptedDatabase first = vault.create();
  EXPECT_CODE(Code::kLocked, vault.open());
}

TEST(EncryptedDatabase, KeepsItsContentAcrossClosing) {
  VaultOnDisk vault;
  {
    EncryptedDatabase database = vault.create();
    ASSERT_OK(write_notes(database.connection(), 1, 500, 300));
  }
  EXPECT_FALSE(vault.disk.has(VaultOnDisk::kWalPath)) << "closing checkpoints and removes the WAL";
  auto database = vault.open();
  ASSERT_OK(database);
  EXPECT_EQ(count_notes(database->connection()), 500);
  ASSERT_OK(database->check_integrity());
}

TEST(EncryptedDatabase, MovesALongWalIntoTheFileWhenItRests) {
  VaultOnDisk vault;
  EncryptedDatabase database = vault.create();
  const auto size_of = [&](const char* path) { return vault.disk.content(path).size(); };
  ASSERT_OK(write_notes(database.connection(), 1, 20, 6000));
  const std::size_t before = size_of(VaultOnDisk::kPath);
  ASSERT_OK(database.rest());
  EXPECT_EQ(size_of(VaultOnDisk::kPath), before) << "a short one is not worth it";

  ASSERT_OK(write_notes(database.connection(), 21, 200, 6000));
  ASSERT_OK(database.rest());
  EXPECT_GT(size_of(VaultOnDisk::kPath), 220u * 6000);
  const std::size_t wal = size_of(VaultOnDisk::kWalPath);
  ASSERT_OK(write_notes(database.connection(), 221, 20, 6000));
  EXPECT_EQ(size_of(VaultOnDisk::kWalPath), wal) << "the WAL is written from its beginning again";
  EXPECT_EQ(count_notes(database.connection()), 240);
  ASSERT_OK(database.check_integrity());
}

TEST(EncryptedDatabase, DoesNotRestWithinATransaction) {
  VaultOnDisk vault;
  EncryptedDatabase database = vault.create();
  ASSERT_OK(write_notes(database.connection(), 1, 220, 6000));
  {
    auto transaction = sqlite::Transaction::begin(database.connection());
    ASSERT_OK(transaction);
    ASSERT_OK(database.connection().execute("DELETE FROM note"));
    ASSERT_OK(database.rest());
  }
  EXPECT_EQ(count_notes(database.connection()), 220);
}

TEST(EncryptedDatabase, TellsAWrongKeyFromADamagedFirstPage) {
  VaultOnDisk vault;
  { EncryptedDatabase database = vault.create(); }
  EXPECT_CODE(Code::kDecryptFailed, vault.open(2));
  const Bytes good = vault.disk.content(VaultOnDisk::kPath);
  for (const std::size_t at : {0u, 16u, 20u, 23u, 24u, 4000u, 4050u, 4070u, 4088u, 4090u}) {
    Bytes damaged = good;
    damaged[at] ^= 4;
    vault.disk.put(VaultOnDisk::kPath, damaged);
    EXPECT_CODE(Code::kDamaged, vault.open());
  }
}

TEST(EncryptedDatabase, RefusesWhatIsNotThereIsThereAlreadyOrIsAUri) {
  VaultOnDisk vault;
  EXPECT_CODE(Code::kNotFound, vault.open());
  { EncryptedDatabase database = vault.create(); }
  EXPECT_CODE(Code::kAlreadyExists, EncryptedDatabase::create(vault.at(), VaultOnDisk::key_number(1)));
  for (const char* path : {"file:vault.db?vfs=unix", ":memory:", ""})
    EXPECT_CODE(Code::kInvalidArgument,
                EncryptedDatabase::create(vault.at(path), VaultOnDisk::key_number(1)));
  EXPECT_CODE(Code::kInvalidArgument, EncryptedDatabase::open(vault.at(), Secret::copy_of(Bytes(16, 1))));
  EncryptedDatabase::Location nowhere = vault.at();
  nowhere.base_vfs = "no such vfs";
  EXPECT_CODE(Code::kInvalidArgument, EncryptedDatabase::open(nowhere, VaultOnDisk::key_number(1)));
}

TEST(EncryptedDatabase, RefusesAPlainDatabaseAndAnEmptyOrShortFile) {
  VaultOnDisk vault;
  {
    auto stock = sqlite::Connection::open(VaultOnDisk::kPath, {.create = true, .vfs = vault.disk.vfs_name()});
    ASSERT_OK(stock);
    ASSERT_OK(stock->execute("PRAGMA journal_mode=WAL; CREATE TABLE note(id)"));
  }
  EXPECT_CODE(Code::kDecryptFailed, vault.open());
  vault.disk.put(VaultOnDisk::kPath, Bytes(100, 1));
  EXPECT_CODE(Code::kDecryptFailed, vault.open());
  vault.disk.put(VaultOnDisk::kPath, {});
  EXPECT_CODE(Code::kNotFound, vault.open());
}

TEST(EncryptedDatabase, GivesEveryCopyASaltOfItsOwn) {
  VaultOnDisk one(1);
  VaultOnDisk two(50);
  { EncryptedDatabase database = one.create(); }
  { EncryptedDatabase database = two.create(); }
  const Bytes first = one.disk.content(VaultOnDisk::kPath);
  const Bytes second = two.disk.content(VaultOnDisk::kPath);
  EXPECT_FALSE(std::equal(first.begin(), first.begin() + 16, second.begin()));
}

TEST(EncryptedDatabase, RollsBackASavepointAndATransaction) {
  VaultOnDisk vault;
  EncryptedDatabase database = vault.create();
  ASSERT_OK(write_notes(database.connection(), 1, 10, 100));
  ASSERT_OK(database.connection().execute(
      "PRAGMA cache_size=10; BEGIN; UPDATE note SET body = 'kept'; SAVEPOINT s; DELETE FROM note;"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
      " INSERT INTO note SELECT i, hex(randomblob(200)) FROM n; ROLLBACK TO s; COMMIT"));
  EXPECT_EQ(count_notes(database.connection()), 10);
  EXPECT_EQ(database.connection().query_integer("SELECT count(*) FROM note WHERE body = 'kept'").value(), 10);
  ASSERT_OK(database.check_integrity());
}

}  // namespace
}  // namespace thuisbasis
