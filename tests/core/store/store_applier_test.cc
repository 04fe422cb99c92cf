// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdio>
#include <filesystem>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

Applied name_person(Device& device, std::uint32_t id, std::string_view name) {
  return device.edit(kPerson, record_id(id), [&](RecordEdit& edit) {
    must(edit.set(kPersonName, Rule::kRegister, FieldValue::text(name)));
  });
}

/// All of a database's tables as text, to see whether anything moved.
std::string everything(Device& device) {
  std::string all;
  sqlite::Statement tables = must(device.db().prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"));
  while (must(tables.step())) {
    const std::string table(tables.text(0));
    sqlite::Statement rows = must(device.db().prepare("SELECT * FROM \"" + table + "\""));
    while (must(rows.step()))
      for (int column = 0; column < rows.columns(); ++column)
        all.append(table).append(" ").append(to_hex(rows.blob(column))).append("\n");
  }
  return all;
}

TEST(Applier, TellsWhatHappenedToEachRecord) {
  Device coach(1);
  EXPECT_EQ(name_person(coach, 1, "Noor").touched,
            (std::vector<TouchedRecord>{{kPerson, record_id(1), Touch::kCreated}}));
  EXPECT_EQ(name_person(coach, 1, "Nora").touched,
            (std::vector<TouchedRecord>{{kPerson, record_id(1), Touch::kChanged}}));
  Device school(2);
  const Applied applied = must(school.receive(*coach.publish()));
  EXPECT_EQ(applied.changes, 2U);
  EXPECT_EQ(applied.touched, (std::vector<TouchedRecord>{{kPerson, record_id(1), Touch::kCreated}}));
  EXPECT_TRUE(applied.remarks.empty());
}

TEST(Applier, AppliesAParcelOnceHoweverOftenItComes) {
  Device coach(1);
  Device school(2);
  name_person(coach, 1, "Noor");
  const Parcel parcel = *coach.publish();
  must(school.receive(parcel));
  const std::string before = everything(school);
  const Applied again = must(school.receive(parcel));
  EXPECT_EQ(again.changes, 0U);
  EXPECT_TRUE(again.touched.empty());
  EXPECT_EQ(everything(school), before);
}

TEST(Applier, TakesOnlyTheNewChangesOfARangeThatOverlaps) {
  Device coach(1);
  Device school(2);
  name_person(coach, 1, "Noor");
  const Parcel first = *coach.publish();
  name_person(coach, 1, "Nora");
  Parcel both = *coach.publish();
  both.first = 1;
  both.changes.insert(both.changes.begin(), first.changes.front());
  must(school.receive(first));
  EXPECT_EQ(must(school.receive(both)).changes, 1U);
  EXPECT_EQ(school.digest(), coach.digest());
}

TEST(Applier, WaitsForWhatAChangeHasSeen) {
  Device coach(1);
  Device school(2);
  Device third(3);
  name_person(coach, 1, "Noor");
  const Parcel first = *coach.publish();
  must(school.receive(first));
  name_person(school, 1, "Nora");
  const Parcel answer = *school.publish();

  const std::string before = everything(third);
  const auto early = third.receive(answer);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code(), Code::kMissingDependency);
  EXPECT_EQ(everything(third), before);

  must(third.receive(first));
  must(third.receive(answer));
  EXPECT_EQ(third.digest(), school.digest());
}

TEST(Applier, WaitsForTheNumbersBefore) {
  Device coach(1);
  Device school(2);
  name_person(coach, 1, "Noor");
  const Parcel first = *coach.publish();
  name_person(coach, 2, "Bram");
  const Parcel second = *coach.publish();
  EXPECT_EQ(school.receive(second).error().code(), Code::kMissingDependency);
  must(school.receive(first));
  must(school.receive(second));
  EXPECT_EQ(school.frontier().at(coach.self()), 2U);
}

TEST(Applier, LetsTheFrontierPassAWithheldChange) {
  Device coach(1);
  Device school(2);
  name_person(coach, 1, "Noor");
  name_person(coach, 2, "Bram");
  Parcel parcel = *coach.publish();
  parcel.changes.erase(parcel.changes.begin());
  EXPECT_EQ(must(school.receive(parcel)).changes, 1U);
  EXPECT_EQ(school.frontier().at(coach.self()), 2U);
  EXPECT_EQ(school.number("SELECT count(*) FROM person"), 1);
}

TEST(Applier, RefusesChangesOutOfOrderOrOfAnotherAuthor) {
  Device coach(1);
  Device school(2);
  name_person(coach, 1, "Noor");
  name_person(coach, 2, "Bram");
  Parcel swapped = *coach.publish();
  std::swap(swapped.changes[0], swapped.changes[1]);
  EXPECT_EQ(school.receive(swapped).error().code(), Code::kMalformed);

  const Change stranger = must(decode_change(coach.self(), swapped.changes[1]));
  const AuthorChanges claim{school.self(), 1, 1, {&stranger, 1}, {}, {}};
  EXPECT_EQ(school.store().applier.apply(school.circle(), claim).error().code(), Code::kMalformed);
  const AuthorChanges backwards{coach.self(), 2, 1, {}, {}, {}};
  EXPECT_EQ(school.store().applier.apply(school.circle(), backwards).error().code(), Code::kMalformed);
}

TEST(Applier, RefusesALocalChangeThatDoesNotFollowTheHead) {
  Device coach(1);
  Change change = coach.prepare({});
  change.dot.number = 2;
  const auto applied = coach.store().applier.apply_local(coach.circle(), change, {});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::kConflict);
}

TEST(Applier, CapsTimesAtTheSignedTime) {
  Device coach(1);
  Device school(2);
  name_person(coach, 1, "Noor");
  Parcel parcel = *coach.publish();
  const HybridTime written = must(decode_change(coach.self(), parcel.changes[0])).time;
  parcel.signed_time = written.ms() - 5000;
  must(school.receive(parcel));
  EXPECT_EQ(school.state(kPerson, record_id(1)).created_time, effective_limit(parcel.signed_time));
  EXPECT_EQ(must(school.store().circles.get(school.circle())).time, effective_limit(parcel.signed_time));
}

TEST(Applier, ReportsWritesThatChangeNothing) {
  Device coach(1);
  Device school(2);
  coach.edit(kScore, record_id(1),
             [](RecordEdit& edit) { must(edit.set(kScoreValue, Rule::kOnce, FieldValue::varint(4))); });
  must(school.receive(*coach.publish()));
  // A program that does not know that scores are never edited.
  Operation late;
  late.field = kScoreValue;
  late.rule = static_cast<std::uint8_t>(Rule::kOnce);
  late.entry = FieldValue::varint(5);
  const Applied applied = school.write({{record_id(1), kScore, false, {}, {late}}});
  ASSERT_EQ(applied.remarks.size(), 1U);
  EXPECT_EQ(applied.remarks[0].remark, MergeRemark::kImmutable);
  EXPECT_EQ(applied.remarks[0].field, kScoreValue);
  EXPECT_TRUE(applied.touched.empty());
  EXPECT_EQ(school.number("SELECT value FROM score"), 4);
}

TEST(Applier, KeepsUnknownKindsAndRulesAndTheirDigest) {
  Device old_app(1);
  Device new_app(2, next_schema());
  new_app.edit(kPlan, record_id(1), [](RecordEdit& edit) {
    must(edit.set(1, Rule::kRegister, FieldValue::text("Plan")));
    must(edit.add_element(2, Rule::kSet, FieldValue::text("eerst")));
  });
  Operation future;
  future.field = 5;
  future.rule = 77;
  future.entry = FieldValue::text("later");
  new_app.write({{record_id(1), kPlan, false, {}, {future}}});
  const Applied applied = must(old_app.receive(*new_app.publish()));
  ASSERT_EQ(applied.remarks.size(), 1U);
  EXPECT_EQ(applied.remarks[0].remark, MergeRemark::kUnknownRule);
  EXPECT_EQ(old_app.digest(), new_app.digest());
  EXPECT_EQ(old_app.state(kPlan, record_id(1)), new_app.state(kPlan, record_id(1)));
  EXPECT_EQ(must(old_app.store().records.list({kPlan, old_app.circle(), Deleted::kLeaveOut, 0, 10})).size(),
            1U);
  // What the old app writes of it merges on the other side.
  old_app.edit(kPlan, record_id(1), [](RecordEdit& edit) { must(edit.erase()); });
  must(new_app.receive(*old_app.publish()));
  EXPECT_EQ(old_app.digest(), new_app.digest());
  EXPECT_EQ(new_app.number("SELECT _deleted FROM plan"), 1);
}

TEST(Applier, LeavesNothingHalfBehindAfterARollback) {
  Device coach(1);
  Device school(2);
  Device newcomer(9);
  for (std::uint32_t i = 0; i < 20; ++i) name_person(coach, i, "Noor");
  must(school.receive(*coach.publish()));
  name_person(newcomer, 50, "Bram");
  const Parcel parcel = *newcomer.publish();
  const std::string before = everything(school);
  {
    auto transaction = must(sqlite::Transaction::begin(school.db()));
    const Change change = must(decode_change(newcomer.self(), parcel.changes[0]));
    must(school.store().applier.apply(
        school.circle(),
        {newcomer.self(), 1, 1, {&change, 1}, effective_limit(parcel.signed_time), parcel.chain}));
    EXPECT_NE(everything(school), before);
  }
  EXPECT_EQ(everything(school), before);
  // The author number that was given out in the transaction is free again, and given out again.
  must(school.receive(parcel));
  EXPECT_EQ(school.state(kPerson, record_id(50)), newcomer.state(kPerson, record_id(50)));
  EXPECT_EQ(school.digest(), school.recomputed());
}

TEST(Applier, IsAtTheLastCommitAfterTheProgramDiesInATransaction) {
  const auto path =
      std::filesystem::temp_directory_path() / ("tb_store_" + std::to_string(::getpid()) + ".db");
  const auto copy = std::filesystem::path(path.string() + ".copy");
  StateDigest committed;
  {
    must(
        must(sqlite::Connection::open(path.string(), {.create = true})).execute("PRAGMA journal_mode = WAL"));
    Device device(1, first_schema(), path.string());
    name_person(device, 1, "Noor");
    committed = device.digest();
    auto transaction = must(sqlite::Transaction::begin(device.db()));
    const Change change = device.prepare({[&] {
      RecordState base;
      base.kind = kPerson;
      base.id = record_id(2);
      RecordEdit edit(base, RecordEdit::Mode::kCreate);
      must(edit.set(kPersonName, Rule::kRegister, FieldValue::text("Bram")));
      return std::move(edit).take();
    }()});
    must(device.store().applier.apply_local(device.circle(), change, must(encode_change(change))));
    // What a killed process leaves: the files as they are now.
    std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(path.string() + "-wal", copy.string() + "-wal",
                               std::filesystem::copy_options::overwrite_existing);
  }
  Device after(1, first_schema(), copy.string());
  EXPECT_EQ(after.digest(), committed);
  EXPECT_EQ(after.recomputed(), committed);
  EXPECT_EQ(after.number("SELECT count(*) FROM person"), 1);
  EXPECT_EQ(after.number("SELECT count(*) FROM tb_change"), 1);
  EXPECT_TRUE(must(after.store().records.check_search()).empty());
  std::error_code ignored;
  for (const auto& file : {path, copy})
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix, ignored);
}

}  // namespace
}  // namespace thuisbasis::test
