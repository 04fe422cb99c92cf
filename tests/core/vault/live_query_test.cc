// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/live_query.h"

#include <gtest/gtest.h>

#include <functional>

namespace thuisbasis {
namespace {

RecordId record(Byte number) {
  RecordId id;
  id.mutable_view()[0] = number;
  return id;
}

struct Recorder final : LiveListener {
  void on_records(const std::vector<RecordNews>& news) override {
    calls.push_back(news);
    if (then) then();
  }
  std::vector<std::vector<RecordNews>> calls;
  std::function<void()> then;
};

struct LiveQueriesTest : testing::Test {
  LiveQueries live;
  Recorder recorder;
  static RecordNews news(std::uint32_t kind, Byte number, RecordEvent event, bool local = true) {
    return {kind, record(number), CircleId{}, event, local};
  }
};

TEST_F(LiveQueriesTest, TellNothingBeforeTheCommit) {
  live.subscribe({}, recorder);
  live.touched(news(6, 1, RecordEvent::kCreated));
  EXPECT_TRUE(recorder.calls.empty());
  live.committed();
  EXPECT_EQ(recorder.calls.size(), 1U);
}

TEST_F(LiveQueriesTest, TellARecordOnceForATransaction) {
  live.subscribe({}, recorder);
  live.touched(news(6, 1, RecordEvent::kCreated));
  live.touched(news(6, 2, RecordEvent::kChanged));
  live.touched(news(6, 1, RecordEvent::kChanged));
  live.committed();
  ASSERT_EQ(recorder.calls.size(), 1U);
  ASSERT_EQ(recorder.calls[0].size(), 2U);
  EXPECT_EQ(recorder.calls[0][0].event, RecordEvent::kCreated);
}

TEST_F(LiveQueriesTest, ForgetWhatWasRolledBack) {
  live.subscribe({}, recorder);
  live.touched(news(6, 1, RecordEvent::kCreated));
  live.rolled_back();
  live.committed();
  EXPECT_TRUE(recorder.calls.empty());
}

TEST_F(LiveQueriesTest, TellOnlyWhatTheFilterAsksFor) {
  live.subscribe({.kind = 5, .circle = {}, .record = {}}, recorder);
  live.touched(news(6, 1, RecordEvent::kCreated));
  live.committed();
  EXPECT_TRUE(recorder.calls.empty());
  live.touched(news(5, 1, RecordEvent::kDeleted));
  live.committed();
  ASSERT_EQ(recorder.calls.size(), 1U);
  EXPECT_EQ(recorder.calls[0][0].event, RecordEvent::kDeleted);
}

TEST_F(LiveQueriesTest, AllowAListenerToUnsubscribeAnother) {
  Recorder other;
  LiveQueries::Id second = 0;
  live.subscribe({}, recorder);
  second = live.subscribe({}, other);
  recorder.then = [&] { live.unsubscribe(second); };
  live.touched(news(6, 1, RecordEvent::kCreated));
  live.committed();
  EXPECT_EQ(recorder.calls.size(), 1U);
  EXPECT_TRUE(other.calls.empty());
}

}  // namespace
}  // namespace thuisbasis
