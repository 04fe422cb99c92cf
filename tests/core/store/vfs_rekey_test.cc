// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

constexpr const char* kNewPath = "vault.db.new key";

class DiskReplacer final : public FileReplacer {
 public:
  explicit DiskReplacer(testing_support::CrashDisk& disk) : disk_(disk) {}
  Status replace(const std::string& from, const std::string& over) override {
    if (!disk_.rename(from, over)) return Error(Code::kIo, "rename");
    return {};
  }

 private:
  testing_support::CrashDisk& disk_;
};

Status rekey(VaultOnDisk& vault, Byte new_key) {
  DiskReplacer replacer(vault.disk);
  TB_TRY(EncryptedDatabase database, vault.open());
  return EncryptedDatabase::rewrite_under_new_key(std::move(database), vault.at(kNewPath),
                                                  VaultOnDisk::key_number(new_key), replacer,
                                                  VaultOnDisk::kPath);
}

TEST(RewriteUnderNewKey, LeavesOneFileThatOnlyTheNewKeyOpens) {
  VaultOnDisk vault;
  {
    EncryptedDatabase database = vault.create();
    ASSERT_OK(write_notes(database.connection(), 1, 300, 300));
    ASSERT_OK(database.connection().execute("PRAGMA user_version=7"));
  }
  const Bytes before = vault.disk.content(VaultOnDisk::kPath);
  ASSERT_OK(rekey(vault, 2));
  EXPECT_EQ(vault.disk.files(), std::vector<std::string>{VaultOnDisk::kPath});
  EXPECT_CODE(Code::kDecryptFailed, vault.open(1));
  auto database = vault.open(2);
  ASSERT_OK(database);
  EXPECT_EQ(count_notes(database->connection()), 300);
  EXPECT_EQ(database->connection().query_integer("PRAGMA user_version").value(), 7);
  ASSERT_OK(database->check_integrity());
  const Bytes after = vault.disk.content(VaultOnDisk::kPath);
  EXPECT_FALSE(std::equal(before.begin(), before.begin() + 16, after.begin())) << "a copy has its own salt";
  EXPECT_CODE(Code::kNotPermitted, database->connection().execute("VACUUM INTO 'vault.db.new%20key'"));
}

TEST(RewriteUnderNewKey, ReportsADamagedPageAndKeepsTheOldFile) {
  VaultOnDisk vault;
  {
    EncryptedDatabase database = vault.create();
    ASSERT_OK(write_notes(database.connection(), 1, 300, 300));
  }
  Bytes damaged = vault.disk.content(VaultOnDisk::kPath);
  damaged[6 * kPageSize + 7] ^= 1;
  vault.disk.put(VaultOnDisk::kPath, damaged);
  const Status status = rekey(vault, 2);
  EXPECT_CODE(Code::kDamaged, status);
  EXPECT_NE(status.error().context().find("page 7 "), std::string::npos) << status.error().message();
  EXPECT_EQ(vault.disk.content(VaultOnDisk::kPath), damaged);
  EXPECT_FALSE(vault.disk.has(kNewPath));
}

TEST(RewriteUnderNewKey, LeavesTheOldOrTheNewDatabaseWhereverThePowerGoes) {
  int old_key = 0;
  int new_key = 0;
  for (std::uint64_t at = 1;; at += 3) {
    VaultOnDisk vault(at);
    {
      EncryptedDatabase database = vault.create();
      ASSERT_OK(write_notes(database.connection(), 1, 60, 300));
    }
    vault.disk.fail_at(at, testing_support::CrashDisk::Fault::kPowerLoss);
    const Status status = rekey(vault, 2);
    const bool struck = vault.disk.failed();
    vault.disk.restart(testing_support::CrashDisk::Tear::kWithGarbage);
    auto database = vault.open(1);
    database.has_value() ? ++old_key : ++new_key;
    if (database.has_value()) {
      EXPECT_FALSE(status.has_value()) << "operation " << at << (struck ? " struck" : "");
      EXPECT_EQ(count_notes(database->connection()), 60);
      ASSERT_OK(database->check_integrity());
    } else {
      auto rewritten = vault.open(2);
      ASSERT_OK(rewritten);
      EXPECT_EQ(count_notes(rewritten->connection()), 60);
      ASSERT_OK(rewritten->check_integrity());
    }
    if (!struck) break;
  }
  EXPECT_GT(old_key, 10);
  EXPECT_GE(new_key, 1);
}

}  // namespace
}  // namespace thuisbasis
