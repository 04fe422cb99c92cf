// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/kdf.h"

#include <gtest/gtest.h>

#include "core/crypto/hmac.h"
#include "tests/vectors/vectors.h"

namespace thuisbasis {
namespace {

using testing_support::hex;
using testing_support::load_vectors;

Secret secret(std::string_view text) { return Secret::copy_of(hex(text)); }

TEST(HmacSha256, AgreesWithRfc4231) {
  const struct {
    Bytes key, message;
    std::string_view mac;
  } vectors[] = {
      {Bytes(20, 0x0b), to_bytes(as_bytes("Hi There")),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {to_bytes(as_bytes("Jefe")), to_bytes(as_bytes("what do ya want for nothing?")),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, 0xaa), Bytes(50, 0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {Bytes(131, 0xaa), to_bytes(as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {Bytes(131, 0xaa),
       to_bytes(as_bytes(
           "This is a test using a larger than block-size key and a larger than block-size data. The "
           "key needs to be hashed before being used by the HMAC algorithm.")),
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& vector : vectors)
    EXPECT_EQ(to_hex(hmac_sha256(Secret::copy_of(vector.key), vector.message).view()), vector.mac);
}

TEST(HmacSha256, TakesAnEmptyKeyAndMessage) {
  EXPECT_EQ(to_hex(hmac_sha256(Secret(), {}).view()),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, StartsAfreshForEveryMessageUnderOneKey) {
  Hmac hmac(as_bytes("Jefe"));
  Bytes first(kHmacSize);
  Bytes second(kHmacSize);
  hmac.add(as_bytes("what do ya want ")).add(as_bytes("for nothing?")).finish(first);
  hmac.add(as_bytes("what do ya want for nothing?")).finish(second);
  EXPECT_EQ(first, second);
  EXPECT_EQ(to_hex(first), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hkdf, AgreesWithRfc5869) {
  EXPECT_EQ(to_hex(hkdf(Secret::copy_of(Bytes(22, 0x0b)), hex("000102030405060708090a0b0c"),
                        hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                       .view()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(hkdf(Secret::copy_of(Bytes(22, 0x0b)), {}, {}, 42).view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  Bytes key, salt, info;
  for (unsigned i = 0; i < 80; ++i) {
    key.push_back(static_cast<Byte>(i));
    salt.push_back(static_cast<Byte>(0x60 + i));
    info.push_back(static_cast<Byte>(0xb0 + i));
  }
  EXPECT_EQ(to_hex(hkdf(Secret::copy_of(key), salt, info, 82).view()),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c"
            "2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(Hkdf, ExpandsFromAUniformKeyAsRfc5869Does) {
  EXPECT_EQ(to_hex(hkdf_expand(secret("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"),
                               hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                       .view()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Hkdf, AgreesWithWycheproof) {
  int checked = 0;
  int refused = 0;
  const auto vectors = load_vectors("hkdf_sha256_test.json.gz");
  for (const auto& group : vectors["testGroups"]) {
    for (const auto& test : group["tests"]) {
      const auto size = test["size"].get<std::size_t>();
      if (test["result"] == "valid") {
        EXPECT_EQ(
            to_bytes(
                hkdf(Secret::copy_of(hex(test["ikm"])), hex(test["salt"]), hex(test["info"]), size).view()),
            hex(test["okm"]))
            << "tcId " << test["tcId"] << ": " << test["comment"];
        ++checked;
      } else {
        EXPECT_GT(size, 255 * 32U) << "tcId " << test["tcId"];
        ++refused;
      }
    }
  }
  EXPECT_EQ(checked + refused, 86);
  EXPECT_GT(checked, 80);
}

TEST(HkdfDeathTest, EndsTheProcessForMoreThanItCanGive) {
  EXPECT_EQ(hkdf_expand(Secret(32), {}, 255 * 32).size(), 255 * 32U);
  EXPECT_DEATH(static_cast<void>(hkdf_expand(Secret(32), {}, 255 * 32 + 1)), "255");
}

TEST(Argon2id, GivesTheSameBytesAsTheReferenceImplementation) {
  // libargon2: argon2id_hash_raw(2, 19456, 1, "password", "somesaltsomesalt", 32 bytes).
  const auto key =
      argon2id(Secret::copy_of(as_bytes("password")), as_bytes("somesaltsomesalt"), kArgon2Floor);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->view()), "2b5dc4054886ec957ef59c73b661c54dd6fb274590b278f657c6d96aac8fa6d1");
}

TEST(Argon2id, DependsOnPassphraseSaltAndCost) {
  const Bytes salt(16, 1);
  const auto base = argon2id(Secret::copy_of(as_bytes("a")), salt, kArgon2Floor).value();
  EXPECT_TRUE(base == argon2id(Secret::copy_of(as_bytes("a")), salt, kArgon2Floor).value());
  EXPECT_FALSE(base == argon2id(Secret::copy_of(as_bytes("b")), salt, kArgon2Floor).value());
  EXPECT_FALSE(base == argon2id(Secret::copy_of(as_bytes("a")), Bytes(16, 2), kArgon2Floor).value());
  EXPECT_FALSE(base ==
               argon2id(Secret::copy_of(as_bytes("a")), salt, {3, kArgon2Floor.memory_bytes}).value());
  EXPECT_TRUE(argon2id(Secret(), salt, kArgon2Floor)) << "an empty passphrase is the caller's decision";
}

TEST(Argon2id, RefusesCostsOutsideItsBoundsAndOtherSalts) {
  const Secret passphrase = Secret::copy_of(as_bytes("a"));
  const Bytes salt(16, 1);
  const Argon2Cost refused[] = {
      {1, kArgon2Default.memory_bytes},
      {0, 0},
      {kArgon2Default.passes, kArgon2Floor.memory_bytes - 1},
      {17, kArgon2Floor.memory_bytes},
      {2, kArgon2Ceiling.memory_bytes + 1},
      {~0U, ~std::uint64_t{0}},
  };
  for (const Argon2Cost& cost : refused) {
    const auto key = argon2id(passphrase, salt, cost);
    ASSERT_FALSE(key) << cost.passes << " passes, " << cost.memory_bytes << " bytes";
    EXPECT_EQ(key.error().code(), Code::kInvalidArgument);
  }
  for (const std::size_t size : {0U, 8U, 15U, 17U, 32U})
    EXPECT_EQ(argon2id(passphrase, Bytes(size), kArgon2Floor).error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace thuisbasis
