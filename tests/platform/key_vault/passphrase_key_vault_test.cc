// SPDX-License-Identifier: EUPL-1.2
#include "platform/key_vault/passphrase_key_vault.h"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

constexpr Argon2Cost kCheap = kArgon2Floor;

Secret secret(std::string_view text) { return Secret::copy_of(as_bytes(text)); }

struct PassphraseKeyVaultTest : testing::Test {
  testing_support::SeededRandom random{1};
  PassphraseKeyVault vault{secret("vijf willekeurige woorden zijn genoeg"), random, kCheap};
  Secret key = Secret::copy_of(Bytes(32, 7));
};

TEST_F(PassphraseKeyVaultTest, GivesBackTheKeyItWrapped) {
  const Bytes blob = vault.wrap(key).value();
  EXPECT_TRUE(vault.unwrap(blob).value() == key);
}

TEST_F(PassphraseKeyVaultTest, RefusesAnotherPassphraseByName) {
  const Bytes blob = vault.wrap(key).value();
  PassphraseKeyVault other(secret("iets anders"), random, kCheap);
  EXPECT_EQ(other.unwrap(blob).error().code(), Code::kWrongPassphrase);
}

TEST_F(PassphraseKeyVaultTest, NoticesEveryFlippedBitOfTheBlob) {
  const Bytes blob = vault.wrap(key).value();
  // Bytes 6 to 17 hold the cost: a flipped high bit there would cost real minutes before it is refused.
  for (std::size_t at = 0; at < blob.size(); ++at) {
    if (at >= 6 && at < 18) continue;
    Bytes damaged = blob;
    damaged[at] ^= 1;
    if (at >= 18 && at % 16 != 0) continue;  // one in sixteen of the salted part: each costs an Argon2id run
    EXPECT_FALSE(vault.unwrap(damaged)) << "byte " << at;
  }
}

TEST_F(PassphraseKeyVaultTest, RefusesACostBelowTheFloorWhoeverWroteIt) {
  Bytes blob = vault.wrap(key).value();
  blob[9] = 1;  // passes
  EXPECT_EQ(vault.unwrap(blob).error().code(), Code::kInvalidArgument);
}

TEST_F(PassphraseKeyVaultTest, RefusesACostThatWouldTakeTheMemory) {
  Bytes blob = vault.wrap(key).value();
  blob[10] = 0xff;  // the highest byte of the memory
  EXPECT_EQ(vault.unwrap(blob).error().code(), Code::kInvalidArgument);
}

TEST_F(PassphraseKeyVaultTest, RefusesForeignAndShortBlobs) {
  EXPECT_EQ(vault.unwrap({}).error().code(), Code::kMalformed);
  EXPECT_EQ(vault.unwrap(Bytes(106, 0)).error().code(), Code::kMalformed);
  Bytes newer = vault.wrap(key).value();
  newer[5] = 9;
  EXPECT_EQ(vault.unwrap(newer).error().code(), Code::kUnknownSuite);
}

TEST_F(PassphraseKeyVaultTest, NeverWritesTheSameBlobTwice) {
  EXPECT_NE(vault.wrap(key).value(), vault.wrap(key).value());
}

}  // namespace
}  // namespace thuisbasis
