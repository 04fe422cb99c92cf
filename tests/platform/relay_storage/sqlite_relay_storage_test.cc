// SPDX-License-Identifier: EUPL-1.2
#include "platform/relay_storage/sqlite_relay_storage.h"

#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/verify/membership_log.h"
#include "core/verify/protocol.h"
#include "platform/relay_storage/relay_file.h"
#include "platform/relay_storage/relay_layout.h"
#include "tests/support/crash_disk.h"
#include "tests/sync/relay/storage_contract.h"
#include "thuisbasis/membership.pb.h"

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
  TB_CHECK(write->append_entry({kCircle, 0, Sha256Digest(), as_bytes("genesis")}));
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
  ASSERT_TRUE(sqlite::Connection::open(path_, {})->execute("PRAGMA user_version=" +
                                                           std::to_string(kRelayFileVersion + 1)));
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

// ---- Files of the version before
// ----------------------------------------------------------------------------------------------------

/// As an older version made its tables, word by word.
struct OldVersion {
  int version;
  const char* logs;
  const char* fill_logs;
};
constexpr OldVersion kVersion1{1, R"sql(
CREATE TABLE circle(
  id INTEGER PRIMARY KEY, circle BLOB NOT NULL UNIQUE,
  head INTEGER NOT NULL, bytes INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT;
-- kind 1: membership entry, number = its index. kind 2: bundle of changes first..number.
CREATE TABLE log(
  id INTEGER PRIMARY KEY, circle INTEGER NOT NULL, sequence INTEGER NOT NULL, kind INTEGER NOT NULL,
  author INTEGER, first INTEGER, number INTEGER NOT NULL, chain BLOB, body BLOB NOT NULL) STRICT;
)sql",
                               R"sql(
INSERT INTO circle SELECT id, circle, head, bytes, entries FROM now.circle;
INSERT INTO log SELECT id, circle, sequence, kind, author, first, number, chain, body FROM now.log;
)sql"};
constexpr OldVersion kVersion2{2, R"sql(
CREATE TABLE circle(
  id INTEGER PRIMARY KEY, circle BLOB NOT NULL UNIQUE,
  head INTEGER NOT NULL, bytes INTEGER NOT NULL, entries INTEGER NOT NULL, mark BLOB NOT NULL) STRICT;
-- kind 1: membership entry, number = its index. kind 2: bundle of changes first..number.
CREATE TABLE log(
  id INTEGER PRIMARY KEY, circle INTEGER NOT NULL, sequence INTEGER NOT NULL, kind INTEGER NOT NULL,
  author INTEGER, first INTEGER, number INTEGER NOT NULL, chain BLOB, mark BLOB NOT NULL,
  body BLOB NOT NULL) STRICT;
)sql",
                               R"sql(
INSERT INTO circle SELECT * FROM now.circle;
INSERT INTO log SELECT * FROM now.log;
)sql"};
/// Of both versions.
constexpr const char* kOtherOldTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE author(
  id INTEGER PRIMARY KEY, circle INTEGER NOT NULL, device BLOB NOT NULL, instance BLOB NOT NULL,
  number INTEGER NOT NULL, chain BLOB NOT NULL, UNIQUE(circle, device, instance)) STRICT;
CREATE UNIQUE INDEX log_sequence ON log(circle, sequence);
CREATE UNIQUE INDEX log_entry ON log(circle, number) WHERE kind = 1;
CREATE UNIQUE INDEX log_bundle ON log(author, number) WHERE kind = 2;
CREATE TABLE device(id INTEGER PRIMARY KEY, device BLOB NOT NULL UNIQUE, certificate BLOB, cursors BLOB) STRICT;
CREATE TABLE member(
  device INTEGER NOT NULL, circle INTEGER NOT NULL, PRIMARY KEY(device, circle)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_circle ON member(circle, device);
CREATE TABLE archive_wrap(
  circle INTEGER NOT NULL, epoch INTEGER NOT NULL, wrap BLOB NOT NULL, PRIMARY KEY(circle, epoch)) STRICT;
PRAGMA application_id=1413632561;
)sql";
constexpr const char* kFillOtherOldTables = R"sql(
INSERT INTO meta SELECT * FROM now.meta;
INSERT INTO author SELECT * FROM now.author;
INSERT INTO device SELECT * FROM now.device;
INSERT INTO member SELECT device, circle FROM now.member;
INSERT INTO archive_wrap SELECT * FROM now.archive_wrap;
)sql";
const CircleId kOther = id_of<CircleId>(2);
const Author kSchool{id_of<DeviceId>(8), id_of<InstanceId>(2)};

/// An entry that the relay can read; nobody looks at its signature here.
Bytes entry_of(const CircleId& circle, std::uint32_t index) {
  membership::Entry entry;
  entry.set_suite(kSuite1);
  entry.set_circle(std::string(as_text(circle.view())));
  entry.set_index(index);
  entry.set_predecessor(std::string(Sha256Digest::kSize, '\0'));
  entry.set_author(std::string(as_text(kCoach.device.view())));
  membership::SignedEntry envelope;
  envelope.set_entry(entry.SerializeAsString());
  envelope.set_signature(std::string(64, 's'));
  return to_bytes(as_bytes(envelope.SerializeAsString()));
}

void append_entry(RelayWrite& write, const CircleId& circle, std::uint32_t index, const Sha256Digest& hash) {
  const Bytes entry = entry_of(circle, index);
  ASSERT_TRUE(write.append_entry({circle, index, hash, entry}));
}

void append_bundle(RelayWrite& write, const CircleId& circle, const Author& author, std::uint64_t first,
                   std::uint64_t last) {
  const Bytes body(20'000, static_cast<Byte>(last));  // beyond one page
  ASSERT_TRUE(
      write.append_bundle({circle, author, first, last, id_of<ChainValue>(static_cast<Byte>(last)), body}));
}

/// Two circles whose logs grew at the same time, by two authors.
void fill(RelayStorage& storage) {
  auto write = storage.begin();
  ASSERT_TRUE(write);
  for (const CircleId& circle : {kOther, kCircle})
    for (const std::uint32_t index : {0U, 1U})
      append_entry(**write, circle, index, parse_entry_place(entry_of(circle, index)).value().hash);
  append_bundle(**write, kCircle, kCoach, 1, 3);
  append_bundle(**write, kOther, kSchool, 1, 1);
  append_bundle(**write, kCircle, kSchool, 1, 2);
  append_bundle(**write, kCircle, kCoach, 4, 4);
  ASSERT_TRUE((*write)->put_member(kCircle, kCoach.device));
  ASSERT_TRUE((*write)->commit());
}

/// All that a file holds, for comparison.
std::vector<std::string> contents_of(const std::string& path) {
  auto db = sqlite::Connection::open(path, {.read_only = true});
  std::vector<std::string> contents;
  const auto add = [&](const std::string& columns, const std::string& from) {
    auto query = db->prepare("SELECT " + columns + " FROM " + from + " ORDER BY 1");
    EXPECT_TRUE(query) << query.error().message();
    while (query && *query->step()) contents.emplace_back(query->text(0));
  };
  add("quote(name) || ifnull(sql, '')", "sqlite_schema");
  add("quote(user_version)", "pragma_user_version");
  for (const std::string table : {"meta", "circle", "author", "log", "device", "member", "archive_wrap"}) {
    std::string columns = "'" + table + "'";
    auto names = db->prepare("SELECT name FROM pragma_table_info('" + table + "')");
    while (*names->step()) columns += " || ' ' || quote(" + std::string(names->text(0)) + ")";
    add(columns, table);
  }
  return contents;
}

class SqliteRelayStorageMigration : public SqliteRelayStorageFiles {
 protected:
  SqliteRelayStorageMigration() {
    auto storage = SqliteRelayStorage::create(path_, kEpoch);
    fill(**storage);
  }
  /// The same contents in a file that an older version made.
  void make_old(const OldVersion& version = kVersion1) {
    std::filesystem::remove(old_);
    auto db = sqlite::Connection::open(old_, {.create = true});
    ASSERT_TRUE(db->execute("PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"));
    ASSERT_TRUE(db->execute(version.logs));
    ASSERT_TRUE(db->execute(kOtherOldTables));
    ASSERT_TRUE(db->execute("PRAGMA user_version=" + std::to_string(version.version)));
    ASSERT_TRUE(db->execute("ATTACH '" + path_ + "' AS now"));
    for (const char* fill : {version.fill_logs, kFillOtherOldTables}) {
      const Status filled = db->execute(fill);
      ASSERT_TRUE(filled) << filled.error().message();
    }
    std::filesystem::permissions(old_,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  const std::string old_ = folder_.file("old.db");
};

TEST_F(SqliteRelayStorageMigration, MakesAFileOfAnyVersionBeforeAsIfThisOneHadWrittenIt) {
  for (const OldVersion& version : {kVersion1, kVersion2}) {
    make_old(version);
    const auto storage = SqliteRelayStorage::open(old_);
    ASSERT_TRUE(storage) << storage.error().message();
    EXPECT_TRUE(contents_of(old_) == contents_of(path_)) << "of version " << version.version;
    EXPECT_EQ(*(*storage)->epoch(), kEpoch);
    EXPECT_NE((*storage)->circle(kCircle)->value().mark, LogMark());
    auto write = (*storage)->begin();
    append_bundle(**write, kCircle, kCoach, 5, 5);
    ASSERT_TRUE((*write)->end_member(kCircle, kCoach.device));
    ASSERT_TRUE((*write)->commit());
    EXPECT_EQ((*storage)->circle(kCircle)->value().head, 6U);
    EXPECT_TRUE((*storage)->members_of(kCircle)->empty());
  }
}

TEST_F(SqliteRelayStorageMigration, RestoresABackupThatTheVersionBeforeMade) {
  make_old();
  const std::string target = folder_.file("restored.db");
  const Status restored = restore_relay_file(old_, target, kRenewed);
  ASSERT_TRUE(restored) << restored.error().message();
  const auto storage = SqliteRelayStorage::open(target);
  ASSERT_TRUE(storage);
  EXPECT_EQ(*(*storage)->epoch(), kRenewed);
  EXPECT_EQ(*(*storage)->mark_at(kCircle, 4), *(*SqliteRelayStorage::open(path_))->mark_at(kCircle, 4));
}

TEST_F(SqliteRelayStorageMigration, LeavesAFileAloneOfWhichItCannotReadAnItem) {
  make_old();
  ASSERT_TRUE(sqlite::Connection::open(old_, {})->execute("UPDATE log SET body = x'00' WHERE kind = 1"));
  EXPECT_EQ(SqliteRelayStorage::open(old_).error().code(), Code::kDamaged);
  auto db = sqlite::Connection::open(old_, {.read_only = true});
  EXPECT_EQ(*db->query_integer("PRAGMA user_version"), 1);
  EXPECT_EQ(*db->query_integer("SELECT count(*) FROM log"), 8);
}

TEST(SqliteRelayStorageCrash, MigratesWhollyOrNotAtAllWhenThePowerGoes) {
  int cut_short = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CrashDisk disk(seed);
    const auto open = [&](bool create) {
      return sqlite::Connection::open("relay.db", {.create = create, .vfs = disk.vfs_name()});
    };
    LogMark mark;
    {
      auto made = SqliteRelayStorage::create_in(std::move(*open(true)), kEpoch);
      ASSERT_TRUE(made);
      fill(**made);
      mark = (*made)->circle(kCircle)->value().mark;
    }
    {
      auto db = open(false);
      ASSERT_TRUE(
          db->execute("ALTER TABLE circle DROP COLUMN mark; ALTER TABLE log DROP COLUMN mark;"
                      "PRAGMA user_version=1;"));
    }
    disk.fail_at(3 * seed, CrashDisk::Fault::kPowerLoss, true);
    {
      auto connection = open(false);
      if (connection) (void)SqliteRelayStorage::open_in(std::move(*connection));
      if (disk.failed()) ++cut_short;
    }
    disk.stop_failing();
    disk.restart(seed % 2 == 0 ? CrashDisk::Tear::kWithGarbage : CrashDisk::Tear::kOldOrNew);
    const auto storage = SqliteRelayStorage::open_in(std::move(*open(false)));
    ASSERT_TRUE(storage) << "seed=" << seed << " " << storage.error().message();
    EXPECT_EQ((*storage)->circle(kCircle)->value().mark, mark) << "seed=" << seed;
    EXPECT_EQ(head_of(**storage), 5U) << "seed=" << seed;
  }
  EXPECT_GT(cut_short, 20);
  EXPECT_LT(cut_short, 60);  // and all that a migration does was reached
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
