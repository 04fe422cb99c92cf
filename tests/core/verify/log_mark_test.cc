// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/log_mark.h"

#include <gtest/gtest.h>

#include <limits>

namespace thuisbasis {
namespace {

using Places = std::vector<std::uint64_t>;

TEST(PlacesBack, GrowApartOnTheWayToTheBeginning) {
  EXPECT_EQ(places_back_from(0), Places());
  EXPECT_EQ(places_back_from(1), Places({1}));
  EXPECT_EQ(places_back_from(2), Places({2, 1}));
  EXPECT_EQ(places_back_from(7), Places({7, 6, 4}));
  EXPECT_EQ(places_back_from(8), Places({8, 7, 5, 1}));
  EXPECT_EQ(places_back_from(100), Places({100, 99, 97, 93, 85, 69, 37}));
}

TEST(PlacesBack, AreFewAlsoInTheLongestLog) {
  const Places places = places_back_from(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(places.size(), 64U);
  EXPECT_EQ(places.back(), std::uint64_t{1} << 63);
}

}  // namespace
}  // namespace thuisbasis
