// SPDX-License-Identifier: EUPL-1.2
#include "platform/relay_storage/sqlite_relay_storage.h"

#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/relay_storage/relay_file.h"
#include "tests/support/crash_disk.h"
#include "tests/sync/relay/storage_contract.h"

namespace thuisbasis::testing_support {
namespace {

template <typename Id>
Id id_of(Byte value) {
  Id id;
  for (Byte& byte : id.mutable_view()) byte = value;
  return id;
}

/// A folder of its own that goes with the test.
class Folder final {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "tb-relay-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class SqliteHarness final : public StorageHarness {
 public:
  explicit SqliteHarness(const RelayEpoch& epoch)
      : storage_(std::move(SqliteRelayStorage::create(folder_.file("relay.db"), epoch).value())) {}
  RelayStorage& storage() override { return *storage_; }
  void reopen() override {
    storage_.reset();
    storage_ = std::move(SqliteRelayStorage::open(folder_.file("relay.db")).value());
  }

 private:
  Folder folder_;
  std::unique_ptr<SqliteRelayStorage> storage_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, RelayStorageContract,
                         ::testing::Values(StorageUnderTest{
                             "Sqlite", [](const RelayEpoch& epoch) -> std::unique_ptr<StorageHarness> {
                               return std::make_unique<SqliteHarness>(epoch);
                             }}));

const CircleId kCircle = id_of<CircleId>(1);
const Author kCoach{id_of<DeviceId>(7), id_of<InstanceId>(1)};
const RelayEpoch kEpoch = id_of<RelayEpoch>(9);
const RelayEpoch kRenewed = id_of<RelayEpoch>(10);

Status found(RelayStorage& storage) {
  TB_TRY(auto write, storage.begin());
  TB_CHECK(write->append_entry(kCircle, 0, as_bytes("genesis")));
  return write->commit();
}

/// One bundle of one change, committed.
Status push(RelayStorage& storage, std::uint64_t number) {
  TB_TRY(auto write, storage.begin());
  const Bytes body(700, static_cast<Byte>(number));
  TB_CHECK(write->append_bundle({kCircle, kCoach, number, number, id_of<ChainValue>(1), body}));
  return write->commit();
}

std::uint64_t head_of(RelayStorage& storage) {
  const auto circle = storage.circle(kCircle);
  return circle && *circle ? (*circle)->head : 0;
}

class SqliteRelayStorageFiles : public ::testing::Test {
 protected:
  Folder folder_;
  const std::string path_ = folder_.file("relay.db");
};

TEST_F(SqliteRelayStorageFiles, AreOpenToTheirOwnerOnly) {
  const auto storage = SqliteRelayStorage::create(path_, kEpoch);
  ASSERT_TRUE(storage);
  ASSERT_TRUE(found(**storage));
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    const auto mode = std::filesystem::status(path_ + suffix).permissions();
    EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
              std::filesystem::perms::none)
        << suffix;
  }
}

TEST_F(SqliteRelayStorageFiles, ServeOneDaemonAtATime) {
  const auto first = SqliteRelayStorage::create(path_, kEpoch);
  ASSERT_TRUE(first);
  EXPECT_EQ(SqliteRelayStorage::open(path_).error().code(), Code::kLocked);
  EXPECT_EQ(restore_relay_file(path_, path_, kRenewed).error().code(), Code::kLocked);
}

TEST_F(SqliteRelayStorageFiles, AreNotMadeTwiceNorOpenedWithoutBeingThere) {
  EXPECT_EQ(SqliteRelayStorage::open(path_).error().code(), Code::kNotFound);
  ASSERT_TRUE(SqliteRelayStorage::create(path_, kEpoch));
  EXPECT_EQ(SqliteRelayStorage::create(path_, kEpoch).error().code(), Code::kAlreadyExists);
}

TEST_F(SqliteRelayStorageFiles, RefuseAFileOfAnotherProgram) {
  {
    auto other = sqlite::Connection::open(path_, {.create = true});
    ASSERT_TRUE(other->execute("CREATE TABLE t(a)"));
  }
  EXPECT_EQ(SqliteRelayStorage::open(path_).error().code(), Code::kDamaged);
  std::ofstream(path_, std::ios::trunc) << std::string(9000, 'x');
  EXPECT_EQ(SqliteRelayStorage::open(path_).error().code(), Code::kDamaged);
}

TEST_F(SqliteRelayStorageFiles, RefuseAFileOfALaterVersion) {
  ASSERT_TRUE(SqliteRelayStorage::create(path_, kEpoch));
  ASSERT_TRUE(sqlite::Connection::open(path_, {})->execute("PRAGMA user_version=2"));
  EXPECT_EQ(SqliteRelayStorage::open(path_).error().code(), Code::kSchemaTooNew);
}

TEST_F(SqliteRelayStorageFiles, AreSetUpAsThePageOnReliabilitySays) {
  ASSERT_TRUE(SqliteRelayStorage::create(path_, kEpoch));
  auto db = sqlite::Connection::open(path_, {.read_only = true});
  EXPECT_EQ(*db->query_integer("PRAGMA page_size"), 8192);
  auto mode = db->prepare("PRAGMA journal_mode");
  ASSERT_TRUE(*mode->step());
  EXPECT_EQ(mode->text(0), "wal");
}

TEST_F(SqliteRelayStorageFiles, AreBackedUpWhileTheDaemonWrites) {
  auto storage = SqliteRelayStorage::create(path_, kEpoch);
  ASSERT_TRUE(found(**storage));
  ASSERT_TRUE(push(**storage, 1));
  const std::string backup = folder_.file("backup.db");
  const std::uint64_t wal_before = (*storage)->wal_bytes();
  ASSERT_TRUE(backup_relay_file(path_, backup));
  EXPECT_EQ((*storage)->wal_bytes(), wal_before);  // the backup's connection moved nothing
  ASSERT_TRUE(push(**storage, 2));
  EXPECT_EQ(head_of(**storage), 3u);

  const auto copy = SqliteRelayStorage::open(backup);
  ASSERT_TRUE(copy) << copy.error().message();
  EXPECT_EQ(head_of(**copy), 2u);
  EXPECT_EQ(*(*copy)->epoch(), kEpoch);
  EXPECT_EQ(backup_relay_file(path_, backup).error().code(), Code::kAlreadyExists);
  EXPECT_FALSE(std::filesystem::exists(backup + ".part"));
}

TEST_F(SqliteRelayStorageFiles, AreRestoredUnderANewEpochAndTheFormerOnesAreKept) {
  const std::string backup = folder_.file("backup.db");
  {
    auto storage = SqliteRelayStorage::create(path_, kEpoch);
    ASSERT_TRUE(found(**storage));
    ASSERT_TRUE(push(**storage, 1));
    ASSERT_TRUE(backup_relay_file(path_, backup));
    ASSERT_TRUE(push(**storage, 2));
  }
  ASSERT_TRUE(restore_relay_file(backup, path_, kRenewed));
  {
    const auto restored = SqliteRelayStorage::open(path_);
    ASSERT_TRUE(restored) << restored.error().message();
    EXPECT_EQ(*(*restored)->epoch(), kRenewed);
    EXPECT_EQ(head_of(**restored), 2u);
    EXPECT_TRUE(push(**restored, 2));  // T07: the number after the restored head, under the new epoch
  }
  const auto former = SqliteRelayStorage::open(path_ + ".before-restore");
  ASSERT_TRUE(former) << former.error().message();
  EXPECT_EQ(head_of(**former), 3u);
}

TEST_F(SqliteRelayStorageFiles, AreLeftAloneByARestoreOfADamagedBackup) {
  auto storage = SqliteRelayStorage::create(path_, kEpoch);
  ASSERT_TRUE(found(**storage));
  const std::string backup = folder_.file("backup.db");
  ASSERT_TRUE(backup_relay_file(path_, backup));
  storage->reset();
  std::fstream file(backup, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8192 * 2 + 3);
  file << std::string(4000, '\xff');
  file.close();
  EXPECT_EQ(restore_relay_file(backup, path_, kRenewed).error().code(), Code::kDamaged);
  const auto again = SqliteRelayStorage::open(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(*(*again)->epoch(), kEpoch);
  EXPECT_EQ(head_of(**again), 1u);
}

TEST_F(SqliteRelayStorageFiles, KeepTheWalWithinBounds) {
  auto storage = SqliteRelayStorage::create(path_, kEpoch);
  ASSERT_TRUE(found(**storage));
  for (std::uint64_t number = 1; number <= 20; ++number) ASSERT_TRUE(push(**storage, number));
  EXPECT_GT((*storage)->wal_pages(), 20);
  ASSERT_TRUE((*storage)->checkpoint());
  ASSERT_TRUE(push(**storage, 21));
  EXPECT_LT((*storage)->wal_pages(), 20);
}

/// Pushes until the power goes, comes back, and looks: RELIABILITY 1.4 under the relay's file.
TEST(SqliteRelayStorageCrash, LosesNothingItCommittedAndKeepsNoHalfGroup) {
  int lives = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CrashDisk disk(seed);
    const auto open = [&](bool create) {
      return sqlite::Connection::open("relay.db", {.create = create, .vfs = disk.vfs_name()});
    };
    {
      auto made = SqliteRelayStorage::create_in(std::move(*open(true)), kEpoch);
      ASSERT_TRUE(made) << made.error().message();
      ASSERT_TRUE(found(**made));
    }
    std::uint64_t acknowledged = 0;
    for (int life = 0; life < 3; ++life, ++lives) {
      disk.fail_at(1 + (seed * 7 + static_cast<std::uint64_t>(life) * 31) % 90, CrashDisk::Fault::kPowerLoss,
                   true);
      {
        auto connection = open(false);
        auto storage =
            connection ? SqliteRelayStorage::open_in(std::move(*connection)) : Error(connection.error());
        if (storage) {
          std::uint64_t number = head_of(**storage);  // genesis is 1, so the next change's number
          while (number > 0 && !disk.failed()) {
            if (!push(**storage, number)) break;
            acknowledged = number++;
          }
        }
      }
      disk.stop_failing();
      disk.restart(seed % 2 == 0 ? CrashDisk::Tear::kWithGarbage : CrashDisk::Tear::kOldOrNew);
    }
    auto storage = SqliteRelayStorage::open_in(std::move(*open(false)));
    ASSERT_TRUE(storage) << "seed=" << seed << " " << storage.error().message();
    const std::uint64_t head = head_of(**storage);
    EXPECT_GE(head, acknowledged + 1) << "seed=" << seed;
    EXPECT_LE(head, acknowledged + 2) << "seed=" << seed;  // at most the one that was under way
    std::uint64_t expected = 1;
    ASSERT_TRUE((*storage)->read_since(kCircle, 0, [&](const LogItem& item) {
      EXPECT_EQ(item.sequence, expected++) << "seed=" << seed;
      return true;
    }));
    EXPECT_EQ(expected, head + 1) << "seed=" << seed;
    EXPECT_EQ((*storage)->author_head(kCircle, kCoach)->value_or(RelayedHead{}).number, head - 1)
        << "seed=" << seed;
  }
  EXPECT_EQ(lives, 450);
}

TEST(SqliteRelayStorageCrash, SaysSoWhenTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  CrashDisk disk(1);
  auto storage = SqliteRelayStorage::create_in(
      std::move(*sqlite::Connection::open("relay.db", {.create = true, .vfs = disk.vfs_name()})), kEpoch);
  ASSERT_TRUE(storage);
  ASSERT_TRUE(found(**storage));
  disk.fail_at(1, CrashDisk::Fault::kDiskFull, true);
  EXPECT_EQ(push(**storage, 1).error().code(), Code::kDiskFull);
  EXPECT_EQ((*storage)->probe().error().code(), Code::kDiskFull);
  disk.stop_failing();
  EXPECT_TRUE(push(**storage, 1));
  EXPECT_EQ(head_of(**storage), 2u);
}

}  // namespace
}  // namespace thuisbasis::testing_support
