// SPDX-License-Identifier: EUPL-1.2
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

class VfsSql : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(write_notes(database.connection(), 1, 50, 300)); }
  std::int64_t setting(std::string_view pragma) {
    return database.connection().query_integer(std::string("PRAGMA ").append(pragma)).value_or(-1);
  }

  VaultOnDisk vault;
  EncryptedDatabase database = vault.create();
};

TEST_F(VfsSql, MayNotAttachOrVacuumInto) {
  for (const char* sql : {"ATTACH 'copy.db' AS copy", "ATTACH 'file:copy.db?vfs=unix' AS copy",
                          "ATTACH ':memory:' AS m", "ATTACH 'co' || 'py.db' AS copy", "VACUUM INTO 'copy.db'",
                          "VACUUM INTO 'file:copy.db?vfs=unix'", "VACUUM main INTO 'vault.db.copy'"})
    EXPECT_CODE(Code::kNotPermitted, database.connection().execute(sql)) << sql;
  EXPECT_EQ(vault.disk.files(), (std::vector<std::string>{"vault.db", "vault.db-wal"}));
}

TEST_F(VfsSql, MayNotChangeWhatTheCipherStandsOn) {
  for (const char* pragma : {"mmap_size=1000000",
                             "page_size=8192",
                             "journal_mode=DELETE",
                             "journal_mode=MEMORY",
                             "JOURNAL_MODE=off",
                             "main.journal_mode=TRUNCATE",
                             "temp_store=FILE",
                             "temp_store_directory='/tmp'",
                             "synchronous=OFF",
                             "synchronous=NORMAL",
                             "secure_delete=OFF",
                             "auto_vacuum=FULL",
                             "locking_mode=NORMAL",
                             "writable_schema=ON",
                             "wal_autocheckpoint=0",
                             "key='x'",
                             "rekey='x'",
                             "hexkey='00'",
                             "cell_size_check=OFF",
                             "trusted_schema=ON",
                             "journal_size_limit=0",
                             "schema_version=7",
                             "data_store_directory='/tmp'"})
    EXPECT_CODE(Code::kNotPermitted, database.connection().execute(std::string("PRAGMA ") + pragma))
        << pragma;
  EXPECT_EQ(setting("page_size"), 4096);
  EXPECT_EQ(setting("temp_store"), 2);
  EXPECT_EQ(setting("synchronous"), 2);
  EXPECT_EQ(setting("secure_delete"), 1);
  EXPECT_EQ(setting("auto_vacuum"), 0);
  EXPECT_EQ(setting("wal_autocheckpoint"), 1000);
  EXPECT_TRUE(setting("mmap_size") <= 0);
}

TEST_F(VfsSql, MayAskAndMaintain) {
  for (const char* sql : {"PRAGMA user_version=3", "PRAGMA foreign_keys=ON", "PRAGMA cache_size=-8000",
                          "VACUUM", "PRAGMA table_info(note)", "PRAGMA wal_checkpoint(TRUNCATE)",
                          "PRAGMA optimize", "PRAGMA integrity_check"})
    EXPECT_TRUE(database.connection().execute(sql).has_value()) << sql;
  EXPECT_EQ(setting("user_version"), 3);
  EXPECT_EQ(count_notes(database.connection()), 50);
}

// Below the guard: the same wishes through the C API, with the authorizer gone, stop at the VFS.
TEST_F(VfsSql, StaysInWalModeEvenWithoutTheGuard) {
  sqlite3_set_authorizer(database.connection().handle(), nullptr, nullptr);
  EXPECT_FALSE(
      database.connection().execute("PRAGMA journal_mode=DELETE; UPDATE note SET body = ''").has_value());
  EXPECT_FALSE(vault.disk.has("vault.db-journal"));
}

TEST_F(VfsSql, KeepsPageSizeAndReserveThroughAVacuumEvenWithoutTheGuard) {
  sqlite3_set_authorizer(database.connection().handle(), nullptr, nullptr);
  (void)database.connection().execute("PRAGMA page_size=8192; VACUUM");
  EXPECT_EQ(setting("page_size"), 4096);
  int reserved = -1;
  sqlite3_file_control(database.connection().handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  EXPECT_EQ(reserved, 48);
  ASSERT_OK(database.check_integrity());
}

TEST_F(VfsSql, RefusesABackupOfAPlainDatabaseIntoTheVault) {
  auto stock = sqlite::Connection::open("stock.db", {.create = true, .vfs = vault.disk.vfs_name()});
  ASSERT_OK(stock);
  ASSERT_OK(write_notes(*stock, 1, 100, 300));
  sqlite3_backup* const backup =
      sqlite3_backup_init(database.connection().handle(), "main", stock->handle(), "main");
  ASSERT_NE(backup, nullptr);
  EXPECT_NE(sqlite3_backup_step(backup, -1), SQLITE_DONE);
  sqlite3_backup_finish(backup);
  EXPECT_EQ(count_notes(database.connection()), 50);
}

// SQLite's backup and serialize functions copy plaintext out of the page cache, where no VFS can see it.
// Nothing that holds a vault's connection may call them.
TEST(VfsSources, NoSourceOfTheEngineCallsSqlitesBackupOrSerialize) {
  const std::filesystem::path root(TB_SOURCE_DIR);
  std::size_t files = 0;
  for (const char* room : {"core", "sync/client", "platform/key_vault", "platform/vault_socket"}) {
    if (!std::filesystem::exists(root / room)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             root / room, std::filesystem::directory_options::follow_directory_symlink)) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      ++files;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      for (const char* name :
           {"sqlite3_backup_", "sqlite3_serialize", "sqlite3_deserialize", "sqlite3_enable_load_ext"})
        EXPECT_EQ(text.str().find(name), std::string::npos) << entry.path() << " calls " << name;
    }
  }
  EXPECT_GT(files, 20u);
}

}  // namespace
}  // namespace thuisbasis
