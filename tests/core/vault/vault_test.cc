// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/vault/sync_port.h"
#include "tests/support/device.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::Municipality;
using testing_support::SeededRandom;

constexpr std::uint32_t kVisitNote = 5;
constexpr std::uint32_t kGoal = 6;
constexpr std::uint32_t kGoalScore = 7;

struct VaultTest : testing::Test {
  SeededRandom random{21};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  Device tablet{emmen, "Anneke", 31};
  CircleId circle =
      tablet.vault.create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}}).value();

  Record put(std::string_view statement) {
    const Record record = tablet.vault.prepare(kGoal, circle).value();
    records::Goal goal;
    goal.set_statement(std::string(statement));
    EXPECT_TRUE(tablet.vault.save(record, goal));
    return tablet.vault.get(kGoal, record.id()).value();
  }
  records::Goal goal(const Record& record) {
    return tablet.vault.read_as<records::Goal>(tablet.vault.get(kGoal, record.id()).value()).value();
  }
};

TEST_F(VaultTest, KeepsWhatItSavedAfterClosing) {
  const Record saved = put("Vaste bedtijd");
  tablet.reopen();
  EXPECT_EQ(goal(saved).statement(), "Vaste bedtijd");
  EXPECT_TRUE(tablet.vault.examine()->damage.empty());
}

/// What a crash leaves: the two files as they stand while the vault is open.
struct CrashedVault : VaultTest {
  testing_support::TemporaryFolder folder;
  std::string path = folder / "vault.db";
  std::vector<std::uintmax_t> ends;  ///< of the WAL after each of three saves

  CrashedVault() {
    for (const char* statement : {"een", "twee", "drie"}) {
      put(statement);
      ends.push_back(std::filesystem::file_size(tablet.path() + "-wal"));
    }
    for (const char* suffix : {"", "-wal"}) std::filesystem::copy_file(tablet.path() + suffix, path + suffix);
  }
  void flip(std::uintmax_t at) {
    std::fstream wal(path + "-wal", std::ios::in | std::ios::out | std::ios::binary);
    wal.seekg(static_cast<std::streamoff>(at));
    const int byte = wal.get();
    wal.seekp(static_cast<std::streamoff>(at));
    wal.put(static_cast<char>(byte ^ 1));
  }
  Result<std::size_t> goals() {
    TB_TRY(const Vault vault, Vault::open(path, Device::key(), tablet.world()));
    TB_TRY(const auto found, vault.list({kGoal, {}, false, 0}));
    return found.size();
  }
};

TEST_F(CrashedVault, OpensWithAllThatWasSaved) { EXPECT_EQ(goals().value(), 3U); }

TEST_F(CrashedVault, OpensWithoutWhatAPowerCutTore) {
  flip(ends[2] - 1);
  EXPECT_EQ(goals().value(), 2U);
}

TEST_F(CrashedVault, StaysClosedWhereSavedWorkFollowsDamage) {
  // The WAL's header, salts and checksum of a frame's header, the page that ends a commit.
  for (const std::uintmax_t at : {std::uintmax_t{3}, ends[0] + 8, ends[0] + 23, ends[1] - 1}) {
    flip(at);
    const auto refused = goals();
    ASSERT_FALSE(refused) << "byte " << at;
    EXPECT_EQ(refused.error().code(), Code::kDamaged);
    flip(at);
  }
  EXPECT_EQ(goals().value(), 3U) << "nothing was touched";
}

TEST_F(VaultTest, WritesNothingWhenNothingDiffers) {
  const Record saved = put("Vaste bedtijd");
  const auto written = tablet.vault.save(saved, goal(saved));
  ASSERT_TRUE(written);
  EXPECT_EQ(written->number, 0U);
  EXPECT_EQ(tablet.vault.status()->pending, 1U);
}

TEST_F(VaultTest, ReplacesOnlyWhatTheFormHadSeen) {
  const Record opened = put("Vaste bedtijd");
  records::Goal form = goal(opened);
  records::Goal meanwhile = form;
  meanwhile.set_why("kwam binnen terwijl het formulier openstond");
  ASSERT_TRUE(tablet.vault.save(opened, meanwhile));
  form.set_statement("Elke dag een vaste bedtijd");
  ASSERT_TRUE(tablet.vault.save(opened, form));
  EXPECT_EQ(goal(opened).statement(), "Elke dag een vaste bedtijd");
  EXPECT_EQ(goal(opened).why(), "kwam binnen terwijl het formulier openstond");
}

TEST_F(VaultTest, KeepsBothValuesWhenAnOldFormOverwritesANewerOne) {
  const Record opened = put("Vaste bedtijd");
  records::Goal first = goal(opened);
  first.set_why("eerste");
  ASSERT_TRUE(tablet.vault.save(opened, first));
  records::Goal second = first;
  second.set_why("tweede");
  tablet.clock.advance(1000);
  ASSERT_TRUE(tablet.vault.save(opened, second));
  EXPECT_EQ(goal(opened).why(), "tweede");
  EXPECT_EQ(tablet.vault.conflicts()->size(), 1U);
}

TEST_F(VaultTest, MakesABatchOneStep) {
  {
    auto batch = tablet.vault.begin().value();
    put("een");
    put("twee");
  }
  EXPECT_TRUE(tablet.vault.list({kGoal, {}, false, 0})->empty());
  {
    auto batch = tablet.vault.begin().value();
    put("een");
    put("twee");
    ASSERT_TRUE(batch.commit());
  }
  EXPECT_EQ(tablet.vault.list({kGoal, {}, false, 0})->size(), 2U);
  EXPECT_TRUE(tablet.vault.examine()->damage.empty());
}

TEST_F(VaultTest, RefusesToEditOrDeleteAScore) {
  const Record record = tablet.vault.prepare(kGoalScore, circle).value();
  records::GoalScore score;
  score.set_value(4);
  ASSERT_TRUE(tablet.vault.save(record, score));
  const Record stored = tablet.vault.get(kGoalScore, record.id()).value();
  score.set_value(9);
  EXPECT_EQ(tablet.vault.save(stored, score).error().code(), Code::kImmutable);
  EXPECT_EQ(tablet.vault.erase(stored).error().code(), Code::kImmutable);
}

TEST_F(VaultTest, RefusesAChangeThatFitsInNoBundleAndKeepsTheRest) {
  const Record kept = put("blijft");
  const Record record = tablet.vault.prepare(kVisitNote, circle).value();
  records::VisitNote note;
  std::string body(300 << 10, '\0');
  for (char& letter : body) letter = static_cast<char>('!' + random.engine()() % 90);
  note.set_body(body);
  EXPECT_EQ(tablet.vault.save(record, note).error().code(), Code::kTooLarge);
  EXPECT_EQ(goal(kept).statement(), "blijft");
  EXPECT_EQ(tablet.vault.status()->pending, 1U);

  auto batch = tablet.vault.begin().value();
  EXPECT_EQ(tablet.vault.save(record, note).error().code(), Code::kTooLarge);
  put("ook dit");
  EXPECT_TRUE(batch.commit()) << "nothing was written that could not be: the batch goes on";
  EXPECT_EQ(tablet.vault.status()->pending, 2U);
}

TEST_F(VaultTest, SaysWhyAWriteCameBackAndKeepsItsBytes) {
  put("Vaste bedtijd");
  SyncPort& port = tablet.vault.sync();
  ASSERT_TRUE(port.outgoing(std::size_t{1} << 20, 0)) << "sealed";
  Refused refusal{Refused::Reason::kMalformed, circle, tablet.vault.self(), 1, 1, 0, 0};
  EXPECT_TRUE(port.refused({refusal}, clock.wall_ms()).value()) << "to be heard again";
  ASSERT_TRUE(port.outgoing(std::size_t{1} << 20, 0));
  EXPECT_FALSE(port.refused({refusal}, clock.wall_ms()).value());
  const std::vector<ReturnedWrite> writes = tablet.vault.returned().value();
  ASSERT_EQ(writes.size(), 1U);
  EXPECT_EQ(writes[0].circle, circle);
  EXPECT_EQ(writes[0].number, 1U);
  EXPECT_EQ(writes[0].reason, ReturnReason::kMalformed);
  EXPECT_EQ(writes[0].reason_number, 1U);
  EXPECT_FALSE(writes[0].change.empty());
}

TEST_F(VaultTest, FindsTextWhateverItsAccents) {
  const Record record = put("Ze heeft één financiële zorg");
  const auto hits = tablet.vault.search("financiele een").value();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].record, record.id());
  EXPECT_TRUE(tablet.vault.search("\"; DROP TABLE goal; --")->empty());
  EXPECT_EQ(tablet.vault.list({kGoal, {}, false, 0})->size(), 1U);
}

TEST_F(VaultTest, LetsApplicationsReadWithSqlAndNothingElse) {
  put("Vaste bedtijd");
  const auto answer = tablet.vault.query("SELECT statement FROM goal");
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_EQ(answer->rows.size(), 1U);
  EXPECT_EQ(answer->rows[0][0], "Vaste bedtijd");
  for (const char* sql :
       {"DELETE FROM goal", "UPDATE goal SET statement = ''", "ATTACH 'x' AS x", "PRAGMA page_size",
        "SELECT value FROM tb_value", "DROP TABLE goal", "VACUUM INTO 'x'"})
    EXPECT_FALSE(tablet.vault.query(sql)) << sql;
}

TEST_F(VaultTest, ComesBackFromADeletion) {
  const Record record = put("Vaste bedtijd");
  ASSERT_TRUE(tablet.vault.erase(record));
  EXPECT_EQ(tablet.vault.get(kGoal, record.id()).error().code(), Code::kNotFound);
  EXPECT_TRUE(tablet.vault.search("bedtijd")->empty());
  const Record deleted = tablet.vault.get(kGoal, record.id(), true).value();
  EXPECT_EQ(tablet.vault.assign(deleted, {"why=in het voorbijgaan"}).error().code(), Code::kNotFound);
  ASSERT_TRUE(tablet.vault.restore(deleted));
  EXPECT_EQ(goal(record).statement(), "Vaste bedtijd");
  EXPECT_EQ(tablet.vault.search("bedtijd")->size(), 1U);
}

TEST_F(VaultTest, TellsLiveQueriesOfCommittedWritesOnly) {
  struct : LiveListener {
    void on_records(const std::vector<RecordNews>& news) override {
      all.insert(all.end(), news.begin(), news.end());
    }
    std::vector<RecordNews> all;
  } listener;
  tablet.vault.live().subscribe({}, listener);
  {
    auto dropped = tablet.vault.begin().value();
    put("vervalt");
  }
  EXPECT_TRUE(listener.all.empty());
  const Record record = put("Vaste bedtijd");
  ASSERT_EQ(listener.all.size(), 1U);
  EXPECT_EQ(listener.all[0], (RecordNews{kGoal, record.id(), circle, RecordEvent::kCreated, true}));
}

TEST_F(VaultTest, RefusesToWriteBeforeItBelongsToAMunicipality) {
  testing_support::TemporaryFolder folder;
  auto fresh = Vault::create(folder / "vault.db", Device::key(), tablet.world()).value();
  EXPECT_EQ(fresh.create_circle({DossierId{}, "kern", "x", {}}).error().code(), Code::kNotPermitted);
  EXPECT_EQ(fresh.sync().outgoing(1000, 0).error().code(), Code::kNotPermitted);
}

TEST_F(VaultTest, FoundsAndAdmitsWithAClockThatIsYearsOff) {
  const Device laptop(emmen, "Ilse", 32);
  constexpr WallMs kTenYearsMs = WallMs{10} * 365 * 24 * 3600 * 1000;
  for (const WallMs off : {-kTenYearsMs, kTenYearsMs}) {
    tablet.clock.set_wall(clock.wall_ms() + off);
    const auto founded =
        tablet.vault.create_circle({random_id<DossierId>(random), "school", "Gezin Brouwer", {}});
    ASSERT_TRUE(founded) << founded.error().message();
    const Status admitted = tablet.vault.admit(*founded, laptop.answer_of_registrar, {});
    EXPECT_TRUE(admitted) << admitted.error().message();
    EXPECT_EQ(tablet.vault.members(*founded)->size(), 2U);
  }
}

TEST_F(VaultTest, RefusesAnExpiredInvitationAndAnothersAnswer) {
  testing_support::TemporaryFolder folder;
  auto fresh = Vault::create(folder / "vault.db", Device::key(), tablet.world()).value();
  const std::string invitation = emmen.invite();
  tablet.clock.advance(2 * kInvitationLifeMs);
  EXPECT_EQ(fresh.begin_enrolment(invitation, "Te laat").error().code(), Code::kExpired);
  tablet.clock.advance(-2 * kInvitationLifeMs);
  ASSERT_TRUE(fresh.begin_enrolment(invitation, "Op tijd"));
  EXPECT_FALSE(fresh.complete_enrolment(tablet.answer_of_registrar));
  EXPECT_FALSE(fresh.membership());
}

TEST_F(VaultTest, OpensWithTheRightKeyOnly) {
  put("Vaste bedtijd");
  { const Vault closing = std::move(tablet.vault); }
  EXPECT_EQ(Vault::open(tablet.path(), Secret::copy_of(Bytes(32, 1)), tablet.world()).error().code(),
            Code::kDecryptFailed);
  tablet.vault = Vault::open(tablet.path(), Device::key(), tablet.world()).value();
  EXPECT_EQ(tablet.vault.list({kGoal, {}, false, 0})->size(), 1U);
}

TEST_F(VaultTest, ReportsADamagedPageAndLosesNothingElse) {
  for (int i = 0; i < 200; ++i) put("Doel nummer " + std::to_string(i));
  { const Vault closing = std::move(tablet.vault); }
  const auto size = std::filesystem::file_size(tablet.path());
  {
    std::fstream file(tablet.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.put('\x7f');
  }
  auto opened = Vault::open(tablet.path(), Device::key(), tablet.world());
  if (opened) {
    const auto report = opened->examine();
    EXPECT_TRUE(!report || !report->damage.empty());
    tablet.vault = std::move(*opened);
  } else {
    EXPECT_EQ(opened.error().code(), Code::kDamaged);
  }
}

}  // namespace
}  // namespace thuisbasis
