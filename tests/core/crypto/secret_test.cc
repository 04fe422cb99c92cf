// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>

#include "core/crypto/wiped.h"

namespace thuisbasis {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);

TEST(Secret, StartsZeroed) {
  const Secret secret(100);
  EXPECT_EQ(to_bytes(secret.view()), Bytes(100));
}

TEST(Secret, OfNothingIsEmptyAndEqualToAnother) {
  const Secret none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(Secret(0).empty());
  EXPECT_TRUE(none == Secret::copy_of({}));
}

TEST(Secret, KeepsItsOwnCopyOfTheBytes) {
  Bytes bytes(32, 1);
  const Secret secret = Secret::copy_of(bytes);
  wipe(bytes);
  EXPECT_EQ(to_bytes(secret.view()), Bytes(32, 1));
}

TEST(Secret, IsEmptyAfterItMovedAway) {
  Secret first = Secret::copy_of(Bytes(32, 1));
  const Byte* const place = first.view().data();
  Secret second = std::move(first);
  EXPECT_EQ(second.view().data(), place) << "a move does not copy the bytes";
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the empty state is promised
  EXPECT_TRUE(first.view().empty());

  Secret third = Secret::copy_of(Bytes(8, 2));
  third = std::move(second);
  EXPECT_EQ(to_bytes(third.view()), Bytes(32, 1));
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, ClonesIntoOtherMemory) {
  Secret first = Secret::copy_of(Bytes(32, 1));
  const Secret second = first.clone();
  first.mutable_view()[0] = 9;
  EXPECT_EQ(to_bytes(second.view()), Bytes(32, 1));
}

TEST(Secret, EqualsOnlyTheSameBytesOfTheSameSize) {
  const Secret secret = Secret::copy_of(Bytes(32, 1));
  EXPECT_TRUE(secret == Secret::copy_of(Bytes(32, 1)));
  EXPECT_FALSE(secret == Secret::copy_of(Bytes(32, 2)));
  EXPECT_FALSE(secret == Secret::copy_of(Bytes(31, 1)));
  EXPECT_FALSE(secret == Secret());
}

TEST(SecretDeathTest, EndsTheProcessWhenReadPastItsEnd) {
  const Secret secret(32);
  const volatile Byte* const past = secret.view().data() + secret.size();
  EXPECT_DEATH(static_cast<void>(*past), "");
}

TEST(Wipe, OverwritesEveryByteAndTakesNothing) {
  Bytes bytes(1000, 0xff);
  wipe(bytes);
  EXPECT_EQ(bytes, Bytes(1000));
  wipe({});
}

TEST(Wiped, LeavesNothingWhereItWas) {
  alignas(Wiped<64>) std::array<Byte, sizeof(Wiped<64>)> place;
  auto* const value = new (place.data()) Wiped<64>;
  std::fill(value->mutable_view().begin(), value->mutable_view().end(), Byte{0xff});
  value->~Wiped<64>();
  const volatile Byte* const after = place.data();
  for (std::size_t i = 0; i < place.size(); ++i) EXPECT_EQ(after[i], 0);
}

}  // namespace
}  // namespace thuisbasis
