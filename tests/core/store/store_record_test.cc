// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

void set_name(RecordEdit& edit, std::string_view name) {
  must(edit.set(kPersonName, Rule::kRegister, FieldValue::text(name)));
}

/// Everything of one device's circle, read back.
std::vector<RecordState> all_states(Device& device, const std::vector<std::uint32_t>& kinds) {
  std::vector<RecordState> states;
  for (const std::uint32_t kind : kinds)
    for (StoredRecord& record : must(device.store().records.list({kind, {}, Deleted::kInclude, 0, 0})))
      states.push_back(std::move(record.state));
  std::sort(states.begin(), states.end(), [](const RecordState& a, const RecordState& b) {
    return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
  });
  return states;
}

RC_GTEST_PROP(RecordStore, GivesBackExactlyTheStatesThatWereMerged, (std::uint32_t seed)) {
  Device device(1);
  RandomEdits edits(seed, 6);
  std::map<std::pair<std::uint32_t, RecordId>, RecordState> expected;
  for (int i = 0; i < 30; ++i) {
    const auto records = edits.next(device, first_schema());
    if (records.empty()) continue;
    const Change change = device.prepare(records);
    for (const RecordChange& part : records)
      apply(expected[{part.kind, part.record}], part, change.dot, change.time, part.kind == kScore);
    device.write_prepared(change);
  }
  for (const auto& [key, state] : expected) RC_ASSERT(device.state(key.first, key.second) == state);
  RC_ASSERT(device.digest() == device.recomputed());
  RC_ASSERT(must(device.store().records.check_search()).empty());
}

RC_GTEST_PROP(RecordStore, MakesDevicesEqualWhateverTheOrderOfArrival, (std::uint32_t seed)) {
  std::vector<std::unique_ptr<Device>> devices;
  for (std::uint8_t name = 1; name <= 3; ++name) devices.push_back(std::make_unique<Device>(name));
  RandomEdits edits(seed, 4);
  std::vector<Parcel> sent;
  const auto offer = [&](Device& device, const Parcel& parcel) {
    if (parcel.author == device.self()) return false;
    const auto applied = device.receive(parcel);
    RC_ASSERT(applied || applied.error().code() == Code::kMissingDependency);
    return applied && applied->changes > 0;
  };
  for (int i = 0; i < 30; ++i) {
    Device& device = *devices.at(edits.below(3));
    if (const auto records = edits.next(device, first_schema()); !records.empty()) device.write(records);
    if (edits.below(3) != 0) continue;
    if (auto parcel = device.publish()) sent.push_back(std::move(*parcel));
    for (auto& other : devices)
      if (!sent.empty()) offer(*other, sent.at(edits.below(static_cast<std::uint32_t>(sent.size()))));
  }
  for (auto& device : devices)
    if (auto parcel = device->publish()) sent.push_back(std::move(*parcel));
  for (bool progress = true; progress;) {
    progress = false;
    for (auto& device : devices)
      for (const Parcel& parcel : sent) progress = offer(*device, parcel) || progress;
  }
  const auto states = all_states(*devices[0], {kPerson, kScore});
  for (auto& device : devices) {
    RC_ASSERT(device->frontier() == devices[0]->frontier());
    RC_ASSERT(all_states(*device, {kPerson, kScore}) == states);
    RC_ASSERT(device->digest() == devices[0]->digest());
    RC_ASSERT(device->digest() == device->recomputed());
    RC_ASSERT(must(device->store().records.check_search()).empty());
    RC_ASSERT(all_rows(*device, "person") == all_rows(*devices[0], "person"));
  }
}

TEST(RecordStore, ShowsFieldsAsTypedColumns) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) {
    set_name(edit, "Noor");
    must(edit.set(4, Rule::kRegister, FieldValue::varint(1988)));
    must(edit.set(5, Rule::kRegister, FieldValue::varint(1)));
    must(edit.set(6, Rule::kRegister, FieldValue::varint(2)));
    must(edit.set(7, Rule::kRegister, {ValueShape::kFixed64, 0x4004000000000000U, {}}));
    must(edit.add_element(kPersonTags, Rule::kSet, FieldValue::text("zingt \"graag\"")));
    must(edit.add_element(kPersonTags, Rule::kSet, FieldValue::text("buiten")));
    must(edit.add_element(9, Rule::kRemoveWinsSet, FieldValue::varint(3)));
    must(edit.increment(10, 4));
  });
  EXPECT_EQ(device.text(
                "SELECT name || '|' || birth_year || '|' || active || '|' || mood || '|' || weight || '|' || "
                "visits FROM person"),
            "Noor|1988|1|2|2.5|4");
  EXPECT_EQ(device.text("SELECT group_concat(value, '; ') FROM person, json_each(tags)"),
            "buiten; zingt \"graag\"");
  EXPECT_EQ(device.text("SELECT readers FROM person"), "[3]");
  EXPECT_EQ(device.number("SELECT _deleted FROM person"), 0);
  EXPECT_EQ(
      device
          .text(
              "SELECT ifnull(_conflicts, 'none') || ifnull(_unknown, 'none') || ifnull(_concurrent, 'none') "
              "FROM person WHERE note IS NULL")
          .substr(0, 8),
      "nonenone");
}

TEST(RecordStore, KeepsASimpleRecordFreeOfBlobsBesideItsClocks) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  EXPECT_EQ(device.number("SELECT count(*) FROM person WHERE _unknown IS NULL AND _concurrent IS NULL"), 1);
}

TEST(RecordStore, WritesNothingWhenNothingChanged) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  const auto stored = must(device.store().records.load(device.circle(), kPerson, record_id(1)));
  const std::int64_t before = device.number("SELECT total_changes()");
  EXPECT_EQ(must(device.store().records.write(device.circle(), stored->state, &*stored)), stored->row);
  EXPECT_EQ(device.number("SELECT total_changes()"), before);
}

TEST(RecordStore, LeavesTheSearchIndexAloneWhenNoSearchedTextChanged) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  const std::string index = "SELECT group_concat(hex(block)) FROM person_search_data";
  const std::string before = device.text(index);
  device.edit(kPerson, record_id(1),
              [](RecordEdit& edit) { must(edit.set(4, Rule::kRegister, FieldValue::varint(1990))); });
  EXPECT_EQ(device.text(index), before);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor Oumar"); });
  EXPECT_NE(device.text(index), before);
}

TEST(RecordStore, HidesDeletedRecordsAndBringsThemBackWhole) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  const std::string row = all_rows(device, "person");
  const auto found = [&] {
    return must(search_text(device.db(), first_schema(), {"noor", {}, {}, 50})).size();
  };
  EXPECT_EQ(found(), 1U);

  EXPECT_EQ(device.edit(kPerson, record_id(1), [](RecordEdit& edit) { must(edit.erase()); }).touched,
            (std::vector<TouchedRecord>{{kPerson, record_id(1), Touch::kDeleted}}));
  EXPECT_EQ(found(), 0U);
  EXPECT_TRUE(must(device.store().records.list({kPerson, {}, Deleted::kLeaveOut, 0, 0})).empty());
  EXPECT_EQ(must(device.store().records.list({kPerson, {}, Deleted::kOnly, 0, 0})).size(), 1U);
  EXPECT_TRUE(must(device.store().records.check_search()).empty());

  EXPECT_EQ(device.edit(kPerson, record_id(1), [](RecordEdit& edit) { must(edit.restore()); }).touched,
            (std::vector<TouchedRecord>{{kPerson, record_id(1), Touch::kCameBack}}));
  EXPECT_EQ(found(), 1U);
  EXPECT_EQ(all_rows(device, "person"), row);
  EXPECT_TRUE(must(device.store().records.check_search()).empty());
}

TEST(RecordStore, ListsConflictsByFieldName) {
  Device coach(1);
  Device school(2);
  coach.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  must(school.receive(*coach.publish()));
  coach.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Nora"); });
  school.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noortje"); });
  must(coach.receive(*school.publish()));

  const auto conflicts = must(coach.store().records.conflicts());
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].id, record_id(1));
  EXPECT_EQ(conflicts[0].fields, std::vector<std::string>{"name"});
  EXPECT_FALSE(conflicts[0].deleted_while_edited);
  EXPECT_EQ(must(coach.store().records.conflict_count()), 1U);
  EXPECT_TRUE(must(coach.store().records.conflicts(CircleRow{99})).empty());

  coach.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  EXPECT_EQ(must(coach.store().records.conflict_count()), 0U);
}

TEST(RecordStore, ShowsARecordThatWasDeletedWhileSomeoneEditedIt) {
  Device coach(1);
  Device school(2);
  coach.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  must(school.receive(*coach.publish()));
  coach.edit(kPerson, record_id(1), [](RecordEdit& edit) { must(edit.erase()); });
  school.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Nora"); });
  EXPECT_EQ(must(coach.receive(*school.publish())).touched,
            (std::vector<TouchedRecord>{{kPerson, record_id(1), Touch::kCameBack}}));
  const auto conflicts = must(coach.store().records.conflicts());
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_TRUE(conflicts[0].deleted_while_edited);
}

TEST(RecordStore, KeepsOneIdInTwoCirclesApart) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  CircleId other_id;
  other_id.mutable_view()[0] = 8;
  const CircleRow other = must(device.store().circles.add(other_id, {}));
  EXPECT_FALSE(must(device.store().records.load(other, kPerson, record_id(1))));
  RecordState copy = device.state(kPerson, record_id(1));
  must(device.store().records.write(other, copy, nullptr));
  EXPECT_EQ(must(device.store().records.list({kPerson, {}, Deleted::kLeaveOut, 0, 0})).size(), 2U);
  EXPECT_EQ(must(device.store().records.list({kPerson, other, Deleted::kLeaveOut, 0, 0})).size(), 1U);
  EXPECT_EQ(must(device.store().records.find(record_id(1)))->circle, device.circle());
}

TEST(RecordStore, PagesThroughAList) {
  Device device(1);
  for (std::uint32_t i = 0; i < 5; ++i)
    device.edit(kPerson, record_id(i), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  RecordQuery query{kPerson, {}, Deleted::kLeaveOut, 0, 2};
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto page = must(device.store().records.list(query));
    sizes.push_back(page.size());
    if (page.empty()) break;
    query.after_row = page.back().row;
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1, 0}));
}

TEST(RecordStore, RefusesToWriteOverARowThatIsNotThere) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  auto stored = must(device.store().records.load(device.circle(), kPerson, record_id(1)));
  stored->row = 99;
  RecordState changed = stored->state;
  changed.created_time.value += 1;
  const auto written = device.store().records.write(device.circle(), changed, &*stored);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kDamaged);
}

TEST(RecordStore, NoticesASearchIndexThatDoesNotMatch) {
  Device device(1);
  device.edit(kPerson, record_id(1), [](RecordEdit& edit) { set_name(edit, "Noor"); });
  must(device.db().execute("UPDATE person SET name = 'iemand anders'"));
  EXPECT_EQ(must(device.store().records.check_search()).size(), 1U);
}

}  // namespace
}  // namespace thuisbasis::test
