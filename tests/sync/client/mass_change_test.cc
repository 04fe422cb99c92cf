// SPDX-License-Identifier: EUPL-1.2
// The fuse: nobody deletes or changes most of a circle in one go without a person's word (invariant I12 of
// the simulator).
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::kGoal;
using testing_support::TwoDevices;

struct MassChanges : TwoDevices {
  CircleId circle = shared_circle();
  std::vector<RecordId> goals;

  void fill(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      goals.push_back(put_goal(tablet, circle, "Doel " + std::to_string(i)));
    sync(tablet);
    sync(laptop);
    for (FakeClock* time : {&clock, &tablet.clock, &laptop.clock}) time->advance(1000);
  }
  void erase(Device& device, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_TRUE(device.vault.erase(device.vault.get(kGoal, goals.at(i)).value()));
  }
  std::size_t seen(Device& device) {
    ListFilter filter;
    filter.kind = kGoal;
    return device.vault.list(filter)->size();
  }
  /// As a program does whose fuse is set otherwise.
  void send_without_asking(Device& device) {
    ASSERT_TRUE(device.vault.allow_mass_changes(circle));
    sync(device);
  }
};

TEST_F(MassChanges, DoNotTravelBeforeAPersonSaysSo) {
  fill(40);
  erase(tablet, 30);
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(seen(laptop), 40U);
  EXPECT_EQ(tablet.vault.status()->pending, 30U);
  const auto waiting = tablet.vault.mass_changes();
  ASSERT_EQ(waiting->size(), 1U);
  EXPECT_FALSE(waiting->front().incoming);
  EXPECT_EQ(waiting->front().records, 30U);
  EXPECT_EQ(waiting->front().of, 40U);

  ASSERT_TRUE(tablet.vault.allow_mass_changes(circle));
  sync(tablet);
  EXPECT_EQ(tablet.vault.status()->pending, 0U);
  EXPECT_TRUE(tablet.vault.mass_changes()->empty());
}

/// A relay that repeats another bundle at its place does not make it go away.
TEST_F(MassChanges, OfSomeoneElseKeepTheirPlaceWhateverElseIsSentForIt) {
  fill(40);
  erase(tablet, 30);
  send_without_asking(tablet);
  sync(laptop);
  ASSERT_EQ(laptop.vault.mass_changes()->size(), 1U);
  Bytes known;
  ASSERT_TRUE(storage.read_since(circle, 0, [&](const LogItem& item) {
    if (item.kind != LogItem::Kind::kBundle) return true;
    known = to_bytes(item.body);
    return false;
  }));
  const std::uint64_t place = storage.circle(circle)->value().head;
  ASSERT_TRUE(laptop.vault.sync().arrived({{circle, place, false, known}}));
  sync(laptop);
  sync(laptop);
  ASSERT_EQ(laptop.vault.mass_changes()->size(), 1U);
  ASSERT_TRUE(laptop.vault.allow_mass_changes(circle));
  EXPECT_EQ(seen(laptop), 10U);
  expect_same(circle);
}

TEST_F(MassChanges, OfSomeoneElseWaitForAPersonHere) {
  fill(40);
  erase(tablet, 30);
  send_without_asking(tablet);
  const RecordId later = put_goal(tablet, circle, "Daarna");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(seen(laptop), 40U);
  EXPECT_FALSE(laptop.vault.get(kGoal, later)) << "it comes after what waits";
  auto waiting = laptop.vault.mass_changes();
  ASSERT_EQ(waiting->size(), 1U);
  EXPECT_TRUE(waiting->front().incoming);
  EXPECT_EQ(waiting->front().author_name, "Anneke op de tablet");
  EXPECT_EQ(waiting->front().records, 30U);
  sync(laptop);
  laptop.reopen();
  EXPECT_EQ(laptop.vault.mass_changes()->size(), 1U) << "it is remembered, once";

  ASSERT_TRUE(laptop.vault.allow_mass_changes(circle));
  EXPECT_EQ(seen(laptop), 11U);
  EXPECT_TRUE(laptop.vault.get(kGoal, later));
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  expect_same(circle);
}

TEST_F(MassChanges, AreNotTheOnesThatAreFewOrNew) {
  fill(60);
  erase(tablet, 29);  // less than half
  fill(200);          // much, but nothing of it is changed
  EXPECT_TRUE(tablet.vault.mass_changes()->empty());
  EXPECT_TRUE(laptop.vault.mass_changes()->empty());
  EXPECT_EQ(seen(laptop), 231U);
  expect_same(circle);
}

TEST_F(MassChanges, OfBeforeAnAdmissionAreHistory) {
  goals.clear();
  const CircleId early =
      tablet.vault.create_circle({random_id<DossierId>(random), "thuis", "Gezin Brouwer", {}}).value();
  for (int i = 0; i < 40; ++i) goals.push_back(put_goal(tablet, early, "Doel"));
  sync(tablet);
  erase(tablet, 30);
  ASSERT_TRUE(tablet.vault.allow_mass_changes(early));
  sync(tablet);
  ASSERT_TRUE(tablet.vault.admit(early, laptop.answer_of_registrar, {}));
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(seen(laptop), 10U);
  EXPECT_TRUE(laptop.vault.mass_changes()->empty());
  expect_same(early);
}

}  // namespace
}  // namespace thuisbasis
