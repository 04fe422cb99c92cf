// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/live_query.h"

#include <gtest/gtest.h>

#include "core/verify/hash.h"
#include "sync/wire/circle_cursor.h"

namespace thuisbasis {
namespace {

LiveQuery example() {
  LiveQuery query;
  query.relay_epoch.mutable_view()[0] = 7;
  query.cursor_hash.mutable_view()[31] = 9;
  query.wait_ms = 30'000;
  return query;
}

TEST(LiveQuery, ReadsBackWhatItWrites) {
  const auto parsed = parse_live_target(live_target(example()));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, example());
}

TEST(LiveQuery, CutsAWaitThatProxiesWouldCut) {
  LiveQuery query = example();
  query.wait_ms = 600'000;
  EXPECT_EQ(parse_live_target(live_target(query))->wait_ms, kLiveWaitMsMax);
}

TEST(LiveQuery, RefusesAnyOtherTarget) {
  const std::string good = live_target(example());
  for (const std::string& bad :
       {std::string("/v1/live"), std::string("/v1/sync"), good + "&more=1", good.substr(0, good.size() - 5),
        good + "x", "/v1/liv" + good.substr(8), std::string(good).replace(good.find("epoch"), 5, "Epoch")}) {
    const auto parsed = parse_live_target(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code(), Code::kMalformed);
  }
}

TEST(CursorVectorHash, IsTheLabelledHashOfSortedCircles) {
  CircleCursor first, second;
  first.sequence = 258;
  second.circle.mutable_view()[0] = 1;
  second.sequence = 1;
  Bytes message = to_bytes(as_bytes("thuisbasis/1/cursors"));
  message.push_back(0);
  append(message, first.circle.view());
  append(message, Bytes{0, 0, 0, 0, 0, 0, 1, 2});
  append(message, second.circle.view());
  append(message, Bytes{0, 0, 0, 0, 0, 0, 0, 1});
  EXPECT_EQ(cursor_vector_hash(std::vector{first, second}), sha256(message));
}

TEST(CursorVectorHash, SkipsCirclesThatWereNeverRead) {
  CircleCursor read, unread;
  read.sequence = 4;
  unread.circle.mutable_view()[0] = 1;
  EXPECT_EQ(cursor_vector_hash(std::vector{read, unread}), cursor_vector_hash(std::vector{read}));
}

}  // namespace
}  // namespace thuisbasis
