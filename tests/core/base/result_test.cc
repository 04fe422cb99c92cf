// SPDX-License-Identifier: EUPL-1.2
#include "core/base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace thuisbasis {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error(Code::kInvalidArgument, std::to_string(value) + " is odd");
  return value / 2;
}

Result<int> quarter(int value) {
  TB_TRY(const int first, half(value));
  TB_TRY(const int second, half(first));
  return second;
}

Status check_even(int value, int& reached) {
  if (value >= 0) TB_CHECK(half(value));  // one statement: an if without braces keeps its meaning
  reached = value;
  return {};
}

Result<std::unique_ptr<int>> boxed(int value) {
  TB_TRY(const int found, half(value));
  return std::make_unique<int>(found);
}

Result<int> unboxed(int value) {
  TB_TRY(const std::unique_ptr<int> box, boxed(value));
  return *box;
}

TEST(Result, HoldsTheValueOrTheError) {
  EXPECT_EQ(half(4).value(), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(half(3).error().context(), "3 is odd");
}

TEST(Result, PassesTheFirstErrorUpUnchanged) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().context(), "3 is odd");
  EXPECT_EQ(quarter(5).error().context(), "5 is odd");
}

TEST(Result, CarriesValuesThatOnlyMove) {
  EXPECT_EQ(unboxed(8).value(), 4);
  EXPECT_EQ(unboxed(7).error().code(), Code::kInvalidArgument);
}

TEST(Status, StopsAtTheCheckThatFails) {
  int reached = 0;
  EXPECT_TRUE(check_even(2, reached));
  EXPECT_EQ(reached, 2);
  EXPECT_FALSE(check_even(3, reached));
  EXPECT_EQ(reached, 2);
  EXPECT_TRUE(check_even(-1, reached));
  EXPECT_EQ(reached, -1);
}

TEST(Status, IsGoodFromTheStart) { EXPECT_TRUE(Status()); }

}  // namespace
}  // namespace thuisbasis
