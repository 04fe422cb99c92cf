// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/merge/dot_list.h"
#include "core/merge/frontier.h"
#include "core/merge/hybrid_time.h"
#include "tests/core/merge/replicas.h"

namespace thuisbasis {
namespace {

using merge_testing::author;

TEST(HybridTime, HoldsMillisecondsAboveACounter) {
  EXPECT_EQ(HybridTime::from_ms(5, 7).value, (std::uint64_t{5} << 16 | 7));
  EXPECT_EQ(HybridTime::from_ms(5, 7).ms(), 5);
}

TEST(HybridTime, ClampsClocksThatAreOutOfRange) {
  EXPECT_EQ(HybridTime::from_ms(-1).value, 0U);
  EXPECT_EQ(HybridTime::from_ms(INT64_MAX).value, UINT64_MAX - 0xffff);
}

TEST(HybridTime, FollowsTheWallAndNeverGoesBack) {
  const HybridTime first = next_time({}, 1000);
  EXPECT_EQ(first, HybridTime::from_ms(1000));
  EXPECT_EQ(next_time(first, 1000), HybridTime::from_ms(1000, 1));
  EXPECT_EQ(next_time(first, 5), HybridTime::from_ms(1000, 1));
  EXPECT_EQ(next_time(first, 2000), HybridTime::from_ms(2000));
  EXPECT_EQ(next_time({UINT64_MAX}, 0).value, UINT64_MAX);
}

TEST(Frontier, CoversWhatWasRaised) {
  Frontier frontier;
  frontier.raise(author(1), 3);
  EXPECT_TRUE(frontier.covers(Dot{author(1), 3}));
  EXPECT_FALSE(frontier.covers(Dot{author(1), 4}));
  EXPECT_FALSE(frontier.covers(Dot{author(2), 1}));
  frontier.raise(author(1), 2);
  EXPECT_EQ(frontier.at(author(1)), 3U);
  frontier.raise(author(2), 0);
  EXPECT_EQ(frontier.numbers().size(), 1U);
}

TEST(Frontier, CoversAnotherWhenItDoesForEveryAuthor) {
  Frontier low;
  low.raise(author(1), 1);
  Frontier high = low;
  high.raise(author(2), 1);
  EXPECT_TRUE(high.covers(low));
  EXPECT_FALSE(low.covers(high));
  low.raise(high);
  EXPECT_EQ(low, high);
}

RC_GTEST_PROP(DotList, ReadsBackWhatItWrote, ()) {
  std::vector<Dot> dots;
  for (const auto& [by, number] : *rc::gen::arbitrary<std::vector<std::pair<std::uint8_t, std::uint64_t>>>())
    if (number != 0) dots.push_back(Dot{author(by), number});
  normalise(dots);
  const auto read = decode_dots(encode_dots(dots));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == dots);
}

RC_GTEST_PROP(DotList, ReadsOneFormOnly, (Bytes bytes)) {
  const auto tail = *rc::gen::arbitrary<bool>();
  if (tail) {
    Bytes whole = encode_dots({Dot{author(1), 5}});
    append(whole, bytes);
    bytes = whole;
  }
  const auto read = decode_dots(bytes);
  if (read) RC_ASSERT(encode_dots(*read) == bytes);
}

TEST(DotList, RefusesDisorderAndEmptiness) {
  const Bytes one = encode_dots({Dot{author(1), 5}});
  Bytes twice = one;
  append(twice, one);
  EXPECT_FALSE(decode_dots(twice).has_value());
  Bytes none = one;
  none[40] = 0;
  EXPECT_FALSE(decode_dots(none).has_value());
  Bytes still = one;
  still[41] = 0;
  EXPECT_FALSE(decode_dots(still).has_value());
  EXPECT_FALSE(decode_dots(ByteView(one).first(41)).has_value());
}

}  // namespace
}  // namespace thuisbasis
