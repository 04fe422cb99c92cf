// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/store/vfs_fixture.h"

namespace thuisbasis {
namespace {

using testing_support::CrashDisk;

/// Six transactions of one row each, with a checkpoint between them; the number that were acknowledged. Stops
/// at the first error, as the engine does: after a failed sync nobody knows what is on disk.
int work(VaultOnDisk& vault, bool existing, Code* code) {
  auto database = existing ? vault.open() : EncryptedDatabase::create(vault.at(), VaultOnDisk::key_number(1));
  if (!database) {
    *code = database.error().code();
    return 0;
  }
  int acknowledged = 0;
  for (int number = 1; number <= 6; ++number) {
    Status written = write_notes(database->connection(), 100 + number, 1, 5000);
    if (written && number == 3) written = database->connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!written) {
      *code = database->explain(written.error()).code();
      return acknowledged + (number == 3 && count_notes(database->connection()) > acknowledged ? 1 : 0);
    }
    ++acknowledged;
  }
  return acknowledged;
}

struct Case {
  CrashDisk::Fault fault;
  bool lasting;
  std::vector<Code> expected;
};

class VfsFault : public ::testing::TestWithParam<int> {
 protected:
  static Case case_of(int number) {
    switch (number) {
      case 0:
        return {CrashDisk::Fault::kIoError, false, {Code::kIo, Code::kDamaged}};
      case 1:
        return {CrashDisk::Fault::kIoError, true, {Code::kIo, Code::kDamaged}};
      case 2:
        return {CrashDisk::Fault::kDiskFull, false, {Code::kDiskFull, Code::kIo}};
      default:
        return {CrashDisk::Fault::kDiskFull, true, {Code::kDiskFull, Code::kIo}};
    }
  }
};

TEST_P(VfsFault, LosesNothingAcknowledgedWhicheverOperationFails) {
  const Case fault = case_of(GetParam());
  int failures = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    VaultOnDisk vault(nth);
    {
      EncryptedDatabase database = vault.create();
      ASSERT_OK(write_notes(database.connection(), 1, 0, 0));
    }
    vault.disk.fail_at(nth, fault.fault, fault.lasting);
    Code code = Code::kInternal;
    const int acknowledged = work(vault, true, &code);
    const bool struck = vault.disk.failed();
    vault.disk.stop_failing();
    if (acknowledged < 6) {
      ++failures;
      EXPECT_NE(std::find(fault.expected.begin(), fault.expected.end(), code), fault.expected.end())
          << "operation " << nth << ": " << code_name(code);
    }
    auto database = vault.open();
    ASSERT_OK(database);
    EXPECT_GE(count_notes(database->connection()), acknowledged) << "operation " << nth;
    ASSERT_OK(database->check_integrity());
    ASSERT_OK(write_notes(database->connection(), 200, 1, 100));
    if (!struck) break;
    ASSERT_LT(nth, 1000u) << "the loop must end";
  }
  EXPECT_GT(failures, 20);
}

INSTANTIATE_TEST_SUITE_P(IoErrorAndFullDiskOnceAndLasting, VfsFault, ::testing::Range(0, 4));

TEST(VfsFaults, CreateLeavesNothingBehindOrAWholeDatabase) {
  for (std::uint64_t nth = 1;; ++nth) {
    VaultOnDisk vault(nth);
    vault.disk.fail_at(nth, CrashDisk::Fault::kIoError);
    Code code = Code::kInternal;
    (void)work(vault, false, &code);
    const bool struck = vault.disk.failed();
    vault.disk.stop_failing();
    auto again = EncryptedDatabase::create(vault.at(), VaultOnDisk::key_number(1));
    if (!again) {
      EXPECT_EQ(again.error().code(), Code::kAlreadyExists) << "operation " << nth;
      EXPECT_TRUE(vault.open().has_value()) << "operation " << nth;
    }
    if (!struck) break;
    ASSERT_LT(nth, 1000u);
  }
}

TEST(VfsFaults, AFullDiskHasItsOwnCodeAndGoesOnAfterThereIsRoom) {
  VaultOnDisk vault;
  EncryptedDatabase database = vault.create();
  ASSERT_OK(write_notes(database.connection(), 1, 1, 100));
  vault.disk.fail_at(1, CrashDisk::Fault::kDiskFull, true);
  EXPECT_CODE(Code::kDiskFull, write_notes(database.connection(), 2, 1, 100));
  vault.disk.stop_failing();
  ASSERT_OK(write_notes(database.connection(), 3, 1, 100));
  EXPECT_EQ(count_notes(database.connection()), 2);
  ASSERT_OK(database.check_integrity());
}

}  // namespace
}  // namespace thuisbasis
