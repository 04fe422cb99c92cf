// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/signing.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>

#include "tests/support/seeded_random.h"
#include "tests/vectors/vectors.h"

namespace thuisbasis {
namespace {

using testing_support::hex;
using testing_support::SeededRandom;

TEST(SigningKey, HasThePublicKeyOfRfc8032) {
  const struct {
    std::string_view seed, public_key;
  } vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"},
  };
  for (const auto& vector : vectors) {
    const auto key = SigningKey::from_seed(Secret::copy_of(hex(vector.seed)));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->public_key().view()), vector.public_key);
  }
}

TEST(SigningKey, RefusesASeedOfAnotherLength) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    const auto key = SigningKey::from_seed(Secret(size));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code(), Code::kBadKey);
  }
}

TEST(SigningKey, SignsWhatTheCheckerAccepts) {
  SeededRandom random(1);
  const SigningKey key = SigningKey::generate(random);
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 10'000U}) {
    const Bytes message(size, 3);
    EXPECT_TRUE(verify_signature(key.public_key(), "thuisbasis/1/test", message,
                                 key.sign("thuisbasis/1/test", message).view()));
  }
}

TEST(SigningKey, SignsAsOpenSslDoes) {
  SeededRandom random(2);
  const SigningKey key = SigningKey::generate(random);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> other(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().view().data(), 32), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const Bytes bytes = signed_bytes("label", as_bytes("message"));
  Bytes expected(64);
  std::size_t size = expected.size();
  ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, other.get()), 1);
  ASSERT_EQ(EVP_DigestSign(context.get(), expected.data(), &size, bytes.data(), bytes.size()), 1);
  EXPECT_EQ(to_bytes(key.sign("label", as_bytes("message")).view()), expected);
}

TEST(SigningKey, GivesASignatureThatServesOneLabelOnly) {
  SeededRandom random(3);
  const SigningKey key = SigningKey::generate(random);
  const Signature signature = key.sign("thuisbasis/1/bundle", as_bytes("same"));
  EXPECT_FALSE(
      verify_signature(key.public_key(), "thuisbasis/1/certificate", as_bytes("same"), signature.view()));
}

TEST(SigningKey, ComesBackFromItsSeed) {
  SeededRandom random(4);
  const SigningKey key = SigningKey::generate(random);
  const auto again = SigningKey::from_seed(key.seed().clone());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), key.public_key());
  EXPECT_EQ(again->sign("l", as_bytes("m")), key.sign("l", as_bytes("m")));
}

}  // namespace
}  // namespace thuisbasis
