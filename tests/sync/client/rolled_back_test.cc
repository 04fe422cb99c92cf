// SPDX-License-Identifier: EUPL-1.2
// Without memory SQLite may roll back a whole transaction where only a part of it was to be undone. What was
// taken in before that part is gone then, so no cursor may pass it.
#include <sqlite3.h>

#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::TwoDevices;

/// Rolls back the whole transaction wherever a part was undone, in every connection that is opened meanwhile.
class RollbackOfEverything final {
 public:
  RollbackOfEverything() { sqlite3_auto_extension(reinterpret_cast<Extension>(watch)); }
  ~RollbackOfEverything() { sqlite3_cancel_auto_extension(reinterpret_cast<Extension>(watch)); }
  RollbackOfEverything(const RollbackOfEverything&) = delete;
  RollbackOfEverything& operator=(const RollbackOfEverything&) = delete;

  static inline bool armed = false;
  static inline int struck = 0;

 private:
  using Extension = void (*)();
  static int watch(sqlite3* db, const char**, const void*) {
    return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, finished, db);
  }
  static int finished(unsigned, void* db, void* statement, void*) {
    const std::string_view sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    if (!armed || sql != "ROLLBACK TO tb_part") return 0;
    ++struck;
    return sqlite3_exec(static_cast<sqlite3*>(db), "ROLLBACK", nullptr, nullptr, nullptr);
  }
};

struct RolledBack : TwoDevices {
  RollbackOfEverything rollback;
};

TEST_F(RolledBack, ABatchIsAskedForAgainWhenUndoingAPartOfItUndidAll) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  const auto early = storage.backup();
  Device copy(tablet, 21);
  tablet.reopen();
  const RecordId confirmed = put_goal(tablet, circle, "Bevestigd voor het terugzetten");
  sync(tablet);
  storage.restore(early);
  {
    auto write = storage.begin();
    ASSERT_TRUE((*write)->renew_epoch(random_id<RelayEpoch>(random)));
    ASSERT_TRUE((*write)->commit());
  }
  relay.open(storage);
  // In one answer: news, and then what the tablet can only take in half, since it contradicts a receipt.
  const RecordId news = put_goal(laptop, circle, "Van school");
  sync(laptop);
  put_goal(copy, circle, "Als eerste na het terugzetten");
  sync(copy);
  RollbackOfEverything::armed = true;
  const Status struck = tablet.sync(relay);
  RollbackOfEverything::armed = false;
  EXPECT_GT(RollbackOfEverything::struck, 0);
  ASSERT_FALSE(struck);
  EXPECT_EQ(struck.error().code(), Code::kCancelled) << struck.error().message();
  EXPECT_FALSE(tablet.vault.get(testing_support::kGoal, news));
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&tablet, &laptop, &copy}) sync(*device);
  EXPECT_EQ(goal_of(tablet, news).statement(), "Van school");
  EXPECT_EQ(goal_of(tablet, confirmed).statement(), "Bevestigd voor het terugzetten");
}

}  // namespace
}  // namespace thuisbasis
