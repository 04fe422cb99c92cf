// SPDX-License-Identifier: EUPL-1.2
// A vault with damaged pages is repaired: what a relay covers comes back with one sync, what was unsent is
// there or is named, and nobody else notices.
#include "core/vault/repair.h"

#include <gtest/gtest.h>

#include "core/store/page_cipher.h"
#include "core/store/salvage.h"
#include "tests/support/crash_disk.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::CrashDisk;
using testing_support::FakeClock;
using testing_support::kGoal;
using testing_support::LoopbackRelay;
using testing_support::MemoryRelayStorage;
using testing_support::Municipality;
using testing_support::SeededRandom;

constexpr const char* kPath = "/vault.db";
constexpr const char* kWalPath = "/vault.db-wal";
constexpr const char* kBeside = "/vault.db.repaired";
constexpr const char* kKept = "/vault.db.damaged";

/// A device whose disk is in memory, so that every byte of it can be damaged.
class DiskDevice final : public FileReplacer {
 public:
  DiskDevice(Municipality& municipality, std::string_view name, std::uint64_t seed)
      : disk(seed), random(seed) {
    vault.emplace(Vault::create(kPath, key(), world()).value());
    answer_of_registrar = municipality.enrol(*vault, name);
  }
  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }
  VaultWorld world() { return {clock, random, Schema::builtin(), disk.vfs_name()}; }

  Status sync(Exchange& relay) {
    SyncSession session(vault->sync(), relay, clock, random);
    RoundReport report;
    return session.run({}, report);
  }
  Result<RepairReport> repair() { return repair_vault({kPath, kBeside, kKept, *this}, key(), world()); }
  Status replace(const std::string& from, const std::string& over) override {
    disk.put(kKept, disk.content(over));
    if (disk.rename(from, over)) {
      const auto opened = Vault::open(kPath, key(), world());
      opened_after_swap = opened ? Code::kInternal : opened.error().code();
      return {};
    }
    return Error(Code::kIo, over);
  }
  Status open() {
    auto opened = Vault::open(kPath, key(), world());
    if (!opened) return opened.error();
    vault.emplace(std::move(*opened));
    return {};
  }

  std::optional<Code> opened_after_swap;  ///< what another process got between swap and end
  CrashDisk disk;
  FakeClock clock;
  SeededRandom random;
  std::optional<Vault> vault;
  Bytes answer_of_registrar;
};

/// A write that the relay does not have.
struct Unsent {
  RecordId record;
  std::string statement;
  WriteId write;
};

struct RepairTest : testing::Test {
  SeededRandom random{7};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  MemoryRelayStorage storage{random_id<RelayEpoch>(random)};
  LoopbackRelay relay{storage, emmen.registrar_key(), clock, random};
  DiskDevice tablet{emmen, "Anneke op de tablet", 11};
  DiskDevice laptop{emmen, "Ilse op school", 12};
  CircleId shared =
      tablet.vault->create_circle({random_id<DossierId>(random), "school", "Gezin Brouwer", {}}).value();
  CircleId alone =
      tablet.vault->create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}}).value();
  std::map<RecordId, std::string> confirmed;
  std::vector<Unsent> unsent;
  Bytes tablet_file;
  Bytes tablet_wal;
  Bytes laptop_file;
  std::optional<MemoryRelayStorage::Backup> relay_backup;

  Unsent put(DiskDevice& device, const CircleId& circle, const std::string& statement) {
    const Record record = device.vault->prepare(kGoal, circle).value();
    records::Goal goal;
    goal.set_statement(statement);
    return {record.id(), statement, device.vault->save(record, goal).value()};
  }
  Unsent edit(DiskDevice& device, const RecordId& id, const std::string& statement) {
    const Record record = device.vault->get(kGoal, id).value();
    auto goal = device.vault->read_as<records::Goal>(record).value();
    goal.set_statement(statement);
    return {id, statement, device.vault->save(record, goal).value()};
  }
  static std::string statement(DiskDevice& device, const RecordId& id) {
    const auto record = device.vault->get(kGoal, id);
    return record ? device.vault->read_as<records::Goal>(*record).value().statement() : "";
  }
  static std::string long_text(int number) {
    return std::string(static_cast<std::size_t>(number % 5 == 0 ? 9000 : 40), 'x') + std::to_string(number);
  }

  /// Both have written and read, the relay has lost nothing; then the tablet works on: sealed work on its
  /// way, and work of which nobody knows.
  void live() {
    ASSERT_TRUE(tablet.vault->admit(shared, laptop.answer_of_registrar, {}));
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 6; ++i) {
        const Unsent goal = put(tablet, i % 2 == 0 ? shared : alone, long_text(round * 6 + i));
        confirmed[goal.record] = goal.statement;
      }
      ASSERT_TRUE(tablet.sync(relay));
      ASSERT_TRUE(laptop.sync(relay));
      const Unsent theirs = put(laptop, shared, "van school " + long_text(round));
      confirmed[theirs.record] = theirs.statement;
      ASSERT_TRUE(laptop.sync(relay));
      ASSERT_TRUE(tablet.sync(relay));
      confirmed[theirs.record] = edit(tablet, theirs.record, "samen " + long_text(round)).statement;
    }
    ASSERT_TRUE(tablet.sync(relay));
    ASSERT_TRUE(laptop.sync(relay));
    for (int i = 0; i < 3; ++i) unsent.push_back(put(tablet, shared, "onderweg " + long_text(i)));
    relay.lose_requests = 1;
    ASSERT_FALSE(tablet.sync(relay));
    for (int i = 0; i < 6; ++i)
      unsent.push_back(put(tablet, i % 2 == 0 ? shared : alone, "hier " + long_text(i)));
    for (const auto& [record, text] : confirmed) {
      if (text.find("samen") == std::string::npos) continue;
      unsent.push_back(edit(tablet, record, "nog eens " + text));
    }
    tablet_wal = tablet.disk.content(kWalPath);
    tablet_file_before_checkpoint = tablet.disk.content(kPath);
    tablet.vault.reset();
    laptop.vault.reset();
    tablet_file = tablet.disk.content(kPath);
    laptop_file = laptop.disk.content(kPath);
    relay_backup = storage.backup();
  }
  Bytes tablet_file_before_checkpoint;

  /// Everything as it was at the end of live().
  void begin_again(const Bytes& file, const Bytes& wal = {}) {
    tablet.vault.reset();
    laptop.vault.reset();
    tablet.disk.clear();
    laptop.disk.clear();
    tablet.disk.put(kPath, file);
    if (!wal.empty()) tablet.disk.put(kWalPath, wal);
    laptop.disk.put(kPath, laptop_file);
    storage.restore(*relay_backup);
    relay.open(storage);
  }
  static Bytes damaged(Bytes file, std::size_t page, bool zeros) {
    for (std::size_t i = page * kPageSize; i < std::min(file.size(), (page + 1) * kPageSize); ++i)
      file[i] = zeros ? Byte{0} : static_cast<Byte>(file[i] ^ 0x5a);
    return file;
  }

  static bool names(const RepairReport& report, const Unsent& one) {
    return std::any_of(report.lost.begin(), report.lost.end(), [&](const LostWrites& lost) {
      return lost.circle == one.write.circle && lost.instance == one.write.instance &&
             lost.first <= one.write.number && one.write.number <= lost.last;
    });
  }

  /// Repairs the tablet and expects what is promised.
  RepairReport expect_repaired() {
    const Bytes before = tablet.disk.content(kPath);
    const auto report = tablet.repair();
    if (!report) {
      ADD_FAILURE() << report.error().message();
      return {};
    }
    EXPECT_EQ(tablet.disk.content(kKept), before) << "the damaged file is kept";
    EXPECT_EQ(tablet.opened_after_swap, Code::kLocked);
    EXPECT_FALSE(tablet.disk.has(kBeside));
    EXPECT_FALSE(tablet.disk.has(kWalPath));
    if (report->must_enrol) {
      for (const Unsent& one : unsent)
        EXPECT_TRUE(names(*report, one) || report->unsent_uncertain)
            << one.write.number << " " << one.statement.substr(0, 30);
      return *report;
    }
    const Status opened = tablet.open();
    EXPECT_TRUE(opened) << opened.error().message();
    if (!opened) return *report;
    const auto kept = tablet.vault->repair_report();
    EXPECT_TRUE(kept && *kept && encode_report(**kept) == encode_report(*report));
    const WriteAccount account = tablet.vault->account().value();
    EXPECT_TRUE(laptop.open());
    const Status synced = tablet.sync(relay);
    EXPECT_TRUE(synced) << synced.error().message();
    expect_everything(*report);
    EXPECT_TRUE(laptop.sync(relay));
    EXPECT_EQ(tablet.vault->digest(shared).value(), laptop.vault->digest(shared).value());
    EXPECT_LE(account.pending, unsent.size());
    return *report;
  }
  /// After one sync.
  void expect_everything(const RepairReport& report) {
    std::set<RecordId> edited;
    for (const Unsent& one : unsent) {
      edited.insert(one.record);
      // A damaged WAL is uncertain by itself; what these tests damage of it leaves traces all the same.
      if (names(report, one) || (report.unsent_uncertain && !report.wal_damaged)) continue;
      EXPECT_TRUE(statement(tablet, one.record) == one.statement)
          << "number " << one.write.number << ": " << one.statement.substr(0, 30);
    }
    for (const auto& [record, text] : confirmed)
      EXPECT_TRUE(edited.contains(record) || statement(tablet, record) == text) << text.substr(0, 30);
    const VaultStatus status = tablet.vault->status().value();
    EXPECT_EQ(status.pending, 0U);
    EXPECT_EQ(status.sent, 0U);
    EXPECT_EQ(status.returned, 0U);
    EXPECT_EQ(status.quarantined, 0U);
    if (report.lost.empty()) {
      EXPECT_EQ(status.conflicts, 0U);
    }
    const DoctorReport examined = tablet.vault->examine().value();
    EXPECT_TRUE(examined.damage.empty()) << examined.damage.front();
  }
};

TEST_F(RepairTest, KeepsEverythingOfAVaultWithoutDamage) {
  ASSERT_NO_FATAL_FAILURE(live());
  begin_again(tablet_file);
  const RepairReport report = expect_repaired();
  EXPECT_TRUE(report.damaged_pages.empty());
  EXPECT_TRUE(report.lost.empty());
  EXPECT_EQ(report.circles, 2U);
  EXPECT_EQ(report.circles_to_fetch, 0U);
  EXPECT_EQ(report.rescued, 10U);
  EXPECT_NE(tablet.vault->self().instance, unsent[0].write.instance) << "no number is used twice";
}

TEST_F(RepairTest, LosesNoMoreThanItNamesWhicheverPageIsDamaged) {
  ASSERT_NO_FATAL_FAILURE(live());
  const std::size_t pages = tablet_file.size() / kPageSize;
  std::size_t must_enrol = 0;
  std::size_t lost = 0;
  for (std::size_t page = 0; page < pages && !HasFailure(); ++page) {
    SCOPED_TRACE("page " + std::to_string(page + 1));
    begin_again(damaged(tablet_file, page, page % 2 == 0));
    const RepairReport report = expect_repaired();
    EXPECT_EQ(report.damaged_pages, std::vector<std::uint32_t>{static_cast<std::uint32_t>(page + 1)});
    EXPECT_FALSE(report.unsent_uncertain);
    must_enrol += report.must_enrol ? 1U : 0U;
    lost += report.lost.empty() ? 0U : 1U;
  }
  EXPECT_GT(pages, 60U);
  EXPECT_LE(must_enrol, 3U) << "only the pages with the keys";
  EXPECT_GT(lost, 0U);
  EXPECT_LT(lost, pages / 3);
}

TEST_F(RepairTest, KeepsWhatAnEarlierRepairSavedWhenItIsDoneAgain) {
  ASSERT_NO_FATAL_FAILURE(live());
  const std::size_t pages = tablet_file.size() / kPageSize;
  std::size_t waiting = 0;
  for (std::size_t page = 1; page < pages && waiting < 12 && !HasFailure(); ++page) {
    begin_again(damaged(tablet_file, page, false));
    const auto first = tablet.repair();
    ASSERT_TRUE(first) << first.error().message();
    if (first->must_enrol || first->rescued == 0 || first->circles_to_fetch == 0) continue;
    SCOPED_TRACE("page " + std::to_string(page + 1));
    ++waiting;  // for a sync, which does not come
    const auto second = tablet.repair();
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_EQ(second->rescued, first->rescued);
    EXPECT_EQ(second->lost.size(), first->lost.size()) << "of the first nobody was told yet";
    ASSERT_TRUE(tablet.open());
    ASSERT_TRUE(tablet.sync(relay));
    for (const Unsent& one : unsent)
      EXPECT_TRUE(names(*first, one) || statement(tablet, one.record) == one.statement) << one.write.number;
    if (first->lost.empty()) {
      EXPECT_EQ(tablet.vault->status()->conflicts, 0U) << "the edits still know what they were made of";
    }
  }
  EXPECT_GT(waiting, 2U);
}

TEST_F(RepairTest, IsDoneAgainWhereOnlySealedWorkWaitsForTheLogOfItsCircle) {
  ASSERT_TRUE(tablet.sync(relay));
  unsent.push_back(put(tablet, alone, "onderweg"));
  relay.lose_requests = 1;
  ASSERT_FALSE(tablet.sync(relay));
  tablet.vault.reset();
  laptop.vault.reset();
  const Bytes file = tablet.disk.content(kPath);
  laptop_file = laptop.disk.content(kPath);
  relay_backup = storage.backup();
  std::size_t lost_logs = 0;
  for (std::size_t page = 1; page < file.size() / kPageSize && !HasFailure(); ++page) {
    begin_again(damaged(file, page, false));
    const auto first = tablet.repair();
    ASSERT_TRUE(first) << first.error().message();
    if (first->must_enrol || first->circles_to_fetch == 0) continue;
    ++lost_logs;
    const auto second = tablet.repair();
    ASSERT_TRUE(second) << second.error().message();
  }
  EXPECT_GT(lost_logs, 0U);
}

TEST_F(RepairTest, KeepsTheReportUntilItWasShown) {
  ASSERT_NO_FATAL_FAILURE(live());
  const std::size_t pages = tablet_file.size() / kPageSize;
  std::size_t lossy = 0;
  for (std::size_t page = 1; page < pages && lossy == 0; ++page) {
    begin_again(damaged(tablet_file, page, false));
    const auto report = tablet.repair();
    ASSERT_TRUE(report) << report.error().message();
    if (report->lost.empty() || report->must_enrol) continue;
    ++lossy;
    ASSERT_TRUE(tablet.open());
    for (int start = 0; start < 2; ++start) {
      const auto kept = tablet.vault->repair_report().value();
      ASSERT_TRUE(kept);
      EXPECT_EQ(encode_report(*kept), encode_report(*report));
      EXPECT_EQ(kept->kept, kKept);
      tablet.vault.reset();
      ASSERT_TRUE(tablet.open());
    }
    ASSERT_TRUE(tablet.vault->repair_report_shown());
    EXPECT_FALSE(tablet.vault->repair_report().value());
    tablet.vault.reset();
    ASSERT_TRUE(tablet.repair()->lost.empty()) << "what was shown is not told again";
  }
  EXPECT_EQ(lossy, 1U);
}

/// Work of an instance that never sealed anything, so that no bundle says whose it is.
TEST_F(RepairTest, NamesUnsentWorkWhoseAuthorIsLost) {
  tablet.vault.reset();
  DiskDevice fresh(emmen, "Anneke op de nieuwe tablet", 21);
  const CircleId circle =
      fresh.vault->create_circle({random_id<DossierId>(random), "kern", "Gezin Smit", {}}).value();
  for (int i = 0; i < 4; ++i) unsent.push_back(put(fresh, circle, "hier " + long_text(i)));
  fresh.vault.reset();
  const Bytes whole = fresh.disk.content(kPath);
  const auto loses = [&](std::size_t page, const char* name) {
    fresh.disk.put(kPath, damaged(whole, page, false));
    const auto read =
        SalvagedPages::open(fresh.disk.vfs_name(), kPath, DiskDevice::key(), fresh.random).value();
    return !Salvage::read(*read).is_complete(name);
  };
  Bytes both = whole;
  std::size_t found = 0;
  for (const char* name : {"tb_author", "sqlite_autoindex_tb_author_1"}) {
    for (std::size_t page = 1; page < whole.size() / kPageSize; ++page) {
      if (!loses(page, name)) continue;
      ++found;
      both = damaged(both, page, false);
      fresh.disk.put(kPath, damaged(whole, page, false));
      const auto report = fresh.repair();
      ASSERT_TRUE(report) << report.error().message();
      EXPECT_TRUE(report->lost.empty()) << "the other one tells";
      EXPECT_EQ(report->rescued, unsent.size());
      EXPECT_FALSE(report->unsent_uncertain);
    }
  }
  ASSERT_EQ(found, 2U);
  fresh.disk.put(kPath, both);
  const auto report = fresh.repair();
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_TRUE(report->unsent_uncertain);
  ASSERT_EQ(report->lost.size(), 1U);
  EXPECT_EQ(report->lost[0].circle, circle);
  EXPECT_EQ(report->lost[0].first, 1U);
  EXPECT_EQ(report->lost[0].last, unsent.size());
  for (const Unsent& one : unsent) EXPECT_TRUE(report->lost[0].records.contains({kGoal, one.record}));
}

TEST_F(RepairTest, LosesNoMoreThanItNamesWithManyDamagedPages) {
  ASSERT_NO_FATAL_FAILURE(live());
  const std::size_t pages = tablet_file.size() / kPageSize;
  std::size_t went_on = 0;
  for (std::uint64_t seed = 1; seed <= 12 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 dice(seed);
    Bytes file = tablet_file;
    for (std::uint64_t i = 0; i < 2 + dice() % 8; ++i) file = damaged(file, dice() % pages, i % 2 == 0);
    begin_again(file);
    const RepairReport report = expect_repaired();
    went_on += report.must_enrol || report.unsent_uncertain ? 0U : 1U;
  }
  EXPECT_GE(went_on, 6U) << "most damage is neither to the keys nor to all that tells of unsent work";
}

TEST_F(RepairTest, GoesOnBehindADamagedFrameOfTheWal) {
  ASSERT_NO_FATAL_FAILURE(live());
  const std::size_t frames = (tablet_wal.size() - kWalHeaderSize) / kFrameSize;
  ASSERT_GT(frames, 20U);
  for (std::size_t frame = 0; frame + 1 < frames && !HasFailure(); frame += 1 + frames / 25) {
    SCOPED_TRACE("frame " + std::to_string(frame));
    Bytes wal = tablet_wal;
    wal[kWalHeaderSize + frame * kFrameSize + 1000] ^= 1;
    begin_again(tablet_file_before_checkpoint, wal);
    EXPECT_TRUE(expect_repaired().wal_damaged);
  }
}

TEST_F(RepairTest, NoticesThatTheWalHasLostItsBeginningOrItsEnd) {
  ASSERT_NO_FATAL_FAILURE(live());
  const std::size_t last = tablet_wal.size() - kFrameSize;
  struct Place {
    std::size_t at, size;
    bool commits_follow;
  };
  for (const Place& place : {Place{0, 4096, true}, Place{0, 8192, true}, Place{last, kFrameSize, false},
                             Place{last + 8, 16, false}}) {
    SCOPED_TRACE(std::to_string(place.size) + " bytes at " + std::to_string(place.at));
    Bytes wal = tablet_wal;
    for (std::size_t i = place.at; i < place.at + place.size; ++i) wal[i] ^= 0x5a;
    begin_again(tablet_file_before_checkpoint, wal);
    const auto damage = look_for_page_damage(kPath, DiskDevice::key(), tablet.world());
    ASSERT_TRUE(damage) << damage.error().message();
    EXPECT_TRUE(damage->wal_damaged);
    EXPECT_EQ(damage->commits_follow_wal_damage, place.commits_follow);
    const RepairReport report = expect_repaired();
    EXPECT_TRUE(report.wal_damaged);
    EXPECT_TRUE(report.unsent_uncertain);
  }
}

TEST_F(RepairTest, SavesWhatIsLeftOfAFileThatWasCutShort) {
  ASSERT_NO_FATAL_FAILURE(live());
  for (const std::size_t part : {2U, 3U, 4U}) {
    Bytes file = tablet_file;
    file.resize(file.size() / part + 100);
    begin_again(file);
    expect_repaired();
  }
}

TEST_F(RepairTest, CanBeDoneAgainWhereverThePowerFails) {
  ASSERT_NO_FATAL_FAILURE(live());
  const Bytes file = damaged(tablet_file, tablet_file.size() / kPageSize / 2, true);
  begin_again(file);
  const std::uint64_t before = tablet.disk.operations();
  ASSERT_TRUE(tablet.repair());
  const std::uint64_t steps = tablet.disk.operations() - before;
  for (std::uint64_t nth = 1; nth <= steps && !HasFailure(); nth += 1 + steps / 40) {
    SCOPED_TRACE("operation " + std::to_string(nth));
    begin_again(file);
    tablet.disk.fail_at(nth, CrashDisk::Fault::kPowerLoss);
    (void)tablet.repair();
    tablet.disk.restart(CrashDisk::Tear::kWithGarbage);
    tablet.disk.stop_failing();
    if (tablet.disk.content(kPath) == file)
      expect_repaired();
    else
      ASSERT_TRUE(tablet.open());
  }
}

TEST_F(RepairTest, LeavesAVaultAloneThatAnotherKeyOrProcessHas) {
  ASSERT_NO_FATAL_FAILURE(live());
  begin_again(tablet_file);
  const auto other =
      repair_vault({kPath, kBeside, kKept, tablet}, Secret::copy_of(Bytes(32, 1)), tablet.world());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::kDecryptFailed);
  ASSERT_TRUE(tablet.open());
  const auto locked = tablet.repair();
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code(), Code::kLocked);
  EXPECT_EQ(tablet.disk.content(kPath), tablet_file);
}

}  // namespace
}  // namespace thuisbasis
