// SPDX-License-Identifier: EUPL-1.2
// Logs and numbers past 2^16 and past 2^32. Nobody can write so much here: all stores that know the circle
// are brought to where they would stand, and go on from there.
#include "core/store/author_index.h"
#include "core/store/circles.h"
#include "core/store/encrypted_database.h"
#include "platform/relay_storage/sqlite_relay_storage.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::TemporaryFolder;
using testing_support::TwoDevices;

/// Two members of a circle and a relay with a real file; the next item gets the place, and the next change of
/// each of them the number, that is two below the limit.
struct LongLog : TwoDevices, testing::WithParamInterface<std::uint64_t> {
  LongLog() {
    relay.open(*file);
    circle = shared_circle();
    first = put_goal(tablet, circle, "Van begin af");
    sync_both();
    edit_why(laptop, first, "Ook van begin af");
    sync_both();
    move_up(GetParam() - 2);
  }

  void sync_both() {
    for (int round = 0; round < 2; ++round)
      for (Device* device : {&tablet, &laptop}) sync(*device);
  }

  static void run(sqlite::Connection& connection, const std::string& sql) {
    const Status done = connection.execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }
  /// The relay's log ends at `place`, and every author is at that number.
  void move_up(std::uint64_t place) {
    const std::uint64_t end = tablet.vault.sync().positions()->front().sequence;
    const std::string up = std::to_string(place - end);
    const std::string number = std::to_string(place);
    file.reset();
    {
      auto tables = sqlite::Connection::open(folder / "relay.db", {}).value();
      run(tables, "UPDATE log SET sequence = -(sequence + " + up +
                      "); UPDATE log SET sequence = -sequence; " + "UPDATE circle SET head = head + " + up +
                      "; UPDATE author SET number = " + number + "; UPDATE device SET cursors = NULL");
    }
    file = SqliteRelayStorage::open(folder / "relay.db").value();
    relay.open(*file);
    for (Device* device : {&tablet, &laptop}) {
      { const Vault closing = std::move(device->vault); }
      {
        auto database = EncryptedDatabase::open({device->path(), device->random}, Device::key()).value();
        sqlite::Connection& tables = database.connection();
        run(tables, "UPDATE tb_confirmed SET sequence = sequence + " + up +
                        "; UPDATE tb_membership SET sequence = " + "sequence + " + up +
                        "; UPDATE tb_frontier SET number = " + number + ", frozen = " + number +
                        "; UPDATE tb_seen SET number = " + number);
        AuthorIndex authors(tables);
        Circles circles(tables, authors);
        const StoredCircle stored = circles.find(circle).value().value();
        ASSERT_EQ(stored.marked.sequence, end) << "all of it is known for certain";
        ASSERT_TRUE(circles.advance_cursor(stored.row, place));
        ASSERT_TRUE(circles.put_mark(stored.row, {place, stored.marked.mark}));
      }
      device->vault = Vault::open(device->path(), Device::key(), device->world()).value();
    }
  }

  void expect_settled() {
    EXPECT_EQ(tablet.vault.digest(circle).value(), laptop.vault.digest(circle).value());
    for (Device* device : {&tablet, &laptop}) {
      const VaultStatus status = device->vault.status().value();
      EXPECT_EQ(status.pending + status.sent + status.returned + status.quarantined, 0U);
      EXPECT_GT(device->vault.sync().positions()->front().sequence, GetParam());
    }
  }

  TemporaryFolder folder;
  std::unique_ptr<SqliteRelayStorage> file =
      SqliteRelayStorage::create(folder / "relay.db", random_id<RelayEpoch>(random)).value();
  CircleId circle;
  RecordId first;
};

TEST_P(LongLog, IsReadAndWrittenOnBothSidesOfTheLimit) {
  std::vector<RecordId> goals;
  for (int i = 0; i < 6; ++i) {
    goals.push_back(put_goal(tablet, circle, "Doel " + std::to_string(i)));
    edit_why(laptop, first, "Keer " + std::to_string(i));
    sync_both();
  }
  for (const RecordId& goal : goals) edit_why(laptop, goal, "Van de laptop");
  sync_both();
  for (const RecordId& goal : goals) EXPECT_EQ(goal_of(tablet, goal).why(), "Van de laptop");
  EXPECT_EQ(goal_of(tablet, first).why(), "Keer 5");
  for (Device* device : {&tablet, &laptop}) {
    EXPECT_EQ(device->vault.history(goals.back())->size(), 2U);
    device->reopen();
  }
  expect_settled();
}

TEST_P(LongLog, KeepsBothValuesOfAConflict) {
  for (int i = 0; i < 4; ++i) put_goal(tablet, circle, "Erbij");
  sync_both();
  edit_why(tablet, first, "Van de tablet");
  edit_why(laptop, first, "Van de laptop");
  sync_both();
  for (Device* device : {&tablet, &laptop}) EXPECT_EQ(device->vault.conflicts()->size(), 1U);
  expect_settled();
}

INSTANTIATE_TEST_SUITE_P(Past, LongLog, testing::Values(std::uint64_t{1} << 16, std::uint64_t{1} << 32),
                         [](const auto& limit) {
                           return limit.param == std::uint64_t{1} << 16 ? "Two16" : "Two32";
                         });

}  // namespace
}  // namespace thuisbasis
