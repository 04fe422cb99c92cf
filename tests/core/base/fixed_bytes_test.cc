// SPDX-License-Identifier: EUPL-1.2
#include "core/base/fixed_bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <type_traits>
#include <unordered_set>

#include "core/base/ids.h"

namespace thuisbasis {
namespace {

static_assert(!std::is_convertible_v<RecordId, CircleId>, "ids of two kinds must not be exchanged");
static_assert(!std::is_constructible_v<RecordId, CircleId>);

TEST(FixedBytes, TakesExactlyItsSize) {
  EXPECT_TRUE(RecordId::from(Bytes(16, 1)));
  for (const std::size_t size : {0U, 1U, 15U, 17U, 32U}) {
    const auto id = RecordId::from(Bytes(size, 1));
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code(), Code::kMalformed);
  }
}

TEST(FixedBytes, ComesBackFromItsText) {
  EXPECT_TRUE(rc::check([](const std::array<Byte, 16>& bytes) {
    const RecordId id(bytes);
    RC_ASSERT(id.text().size() == 22);
    RC_ASSERT(RecordId::parse(id.text()).value() == id);
  }));
}

TEST(FixedBytes, RefusesTextThatIsNoneOfItsOwn) {
  const std::string text = RecordId().text();
  for (const std::string& wrong :
       {std::string(), text.substr(1), text + "A", text + "==", text.substr(1) + "B"})
    EXPECT_FALSE(RecordId::parse(wrong)) << wrong;
}

TEST(FixedBytes, StartsAsZeroAndKnowsIt) {
  RecordId id;
  EXPECT_TRUE(id.is_zero());
  id.mutable_view()[15] = 1;
  EXPECT_FALSE(id.is_zero());
}

TEST(FixedBytes, OrdersAsItsBytesDo) {
  EXPECT_TRUE(rc::check([](const std::array<Byte, 16>& a, const std::array<Byte, 16>& b) {
    RC_ASSERT((RecordId(a) < RecordId(b)) == (a < b));
    RC_ASSERT((RecordId(a) == RecordId(b)) == (a == b));
  }));
}

TEST(FixedBytes, GoesIntoHashedSets) {
  std::unordered_set<RecordId> ids;
  for (Byte i = 0; i < 100; ++i) ids.insert(RecordId::from(Bytes(16, i)).value());
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_TRUE(ids.contains(RecordId::from(Bytes(16, 7)).value()));
}

TEST(Author, OrdersByDeviceFirst) {
  Author low;
  Author high;
  high.device.mutable_view()[0] = 1;
  low.instance.mutable_view()[0] = 9;
  EXPECT_LT(low, high);
  EXPECT_NE(std::hash<Author>()(low), std::hash<Author>()(high));
  EXPECT_LT((Dot{low, 9}), (Dot{high, 1}));
  EXPECT_LT((Dot{low, 1}), (Dot{low, 2}));
}

}  // namespace
}  // namespace thuisbasis
