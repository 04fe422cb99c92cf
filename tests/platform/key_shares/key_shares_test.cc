// SPDX-License-Identifier: EUPL-1.2
#include "platform/key_shares/key_shares.h"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

using testing_support::SeededRandom;

Secret some_key() {
  SeededRandom random(7);
  Secret key(kSharedKeySize);
  random.fill(key.mutable_view());
  return key;
}

std::vector<KeyShare> some_of(const std::vector<KeyShare>& shares, const std::vector<std::size_t>& places) {
  std::vector<KeyShare> chosen;
  for (const std::size_t place : places) {
    const KeyShare& share = shares[place];
    chosen.push_back({share.sharing, share.number, share.id, share.digest, share.part.clone()});
  }
  return chosen;
}

struct KeyShares : testing::Test {
  SeededRandom random{1};
  const Secret key = some_key();
  std::vector<KeyShare> shares = *split_key(key, {}, random);
  Code code_of(const std::vector<KeyShare>& chosen) const {
    const auto joined = join_key(chosen);
    return joined ? Code::kInternal : joined.error().code();
  }
};

TEST_F(KeyShares, AnyThreeOfFiveGiveTheKey) {
  ASSERT_EQ(shares.size(), 5U);
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = 0; b < 5; ++b)
      for (std::size_t c = 0; c < 5; ++c)
        if (a != b && b != c && a != c) {
          const auto joined = join_key(some_of(shares, {a, b, c}));
          ASSERT_TRUE(joined) << joined.error().message();
          EXPECT_TRUE(*joined == key);
        }
  EXPECT_TRUE(*join_key(some_of(shares, {4, 2, 0, 1, 3})) == key) << "all of them, in any order";
}

TEST_F(KeyShares, TooFewSayHowManyAreNeeded) {
  const auto joined = join_key(some_of(shares, {1, 3}));
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code(), Code::kInvalidArgument);
  EXPECT_NE(joined.error().context().find("3 shares are needed, and 2 were given"), std::string::npos);
}

/// The polynomial's other coefficients are random: over many splittings of one key a share takes every value.
TEST_F(KeyShares, OneShareTellsNothingOfTheKey) {
  std::array<bool, 256> seen{};
  for (int splitting = 0; splitting < 4096; ++splitting)
    seen[(*split_key(key, {2, 2}, random))[0].part.view()[0]] = true;
  for (std::size_t value = 0; value < seen.size(); ++value) EXPECT_TRUE(seen[value]) << value;
}

TEST_F(KeyShares, RefusesSharesThatDoNotBelongTogether) {
  std::vector<KeyShare> others = *split_key(key, {}, random);
  std::vector<KeyShare> mixed = some_of(shares, {0, 1});
  mixed.push_back(std::move(others[2]));
  EXPECT_EQ(code_of(mixed), Code::kInvalidArgument);
  EXPECT_EQ(code_of(some_of(shares, {0, 1, 1})), Code::kInvalidArgument);
  EXPECT_EQ(code_of({}), Code::kInvalidArgument);
  std::vector<KeyShare> numbered = some_of(shares, {0, 1, 2});
  numbered[0].number = 6;
  EXPECT_EQ(code_of(numbered), Code::kInvalidArgument);
  numbered[0].number = 0;
  EXPECT_EQ(code_of(numbered), Code::kInvalidArgument);
}

TEST_F(KeyShares, AFalseShareIsFoundByTheKeyThatComesOut) {
  std::vector<KeyShare> changed = some_of(shares, {0, 1, 2});
  changed[1].part.mutable_view()[31] ^= 1;
  EXPECT_EQ(code_of(changed), Code::kDamaged);
  changed = some_of(shares, {0, 1, 2});
  changed[1].number = 4;
  EXPECT_EQ(code_of(changed), Code::kDamaged);
}

TEST_F(KeyShares, RefusesNumbersThatMakeNoSense) {
  for (const KeySharing sharing : {KeySharing{1, 5}, KeySharing{0, 0}, KeySharing{4, 3}, KeySharing{3, 16}})
    EXPECT_EQ(split_key(key, sharing, random).error().code(), Code::kInvalidArgument);
  EXPECT_TRUE(split_key(key, {15, 15}, random));
  EXPECT_EQ(split_key(Secret(31), {}, random).error().code(), Code::kInvalidArgument);
}

/// GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1, and interpolation at 0, written here from the rule (P-140).
Byte times(Byte a, Byte b) {
  unsigned product = 0;
  for (unsigned bit = 0; bit < 8; ++bit)
    if ((b >> bit & 1) != 0) product ^= unsigned{a} << bit;
  for (unsigned bit = 15; bit >= 8; --bit)
    if ((product >> bit & 1) != 0) product ^= 0x11dU << (bit - 8);
  return static_cast<Byte>(product);
}
Byte inverse(Byte a) {
  Byte power = 1;
  for (int i = 0; i < 254; ++i) power = times(power, a);
  return power;
}

TEST_F(KeyShares, AreThePointsThatTheProtocolDescribes) {
  for (std::size_t at = 0; at < kSharedKeySize; ++at) {
    Byte value = 0;
    for (const std::size_t i : {0U, 2U, 4U}) {
      Byte factor = 1;
      for (const std::size_t j : {0U, 2U, 4U})
        if (i != j)
          factor = times(factor, times(shares[j].number,
                                       inverse(static_cast<Byte>(shares[j].number ^ shares[i].number))));
      value = static_cast<Byte>(value ^ times(shares[i].part.view()[at], factor));
    }
    EXPECT_EQ(value, key.view()[at]) << at;
  }
}

}  // namespace
}  // namespace thuisbasis
