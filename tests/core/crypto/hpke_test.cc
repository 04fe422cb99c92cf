// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/hpke.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/crypto/hpke_schedule.h"
#include "tests/support/seeded_random.h"
#include "tests/vectors/vectors.h"

namespace thuisbasis {
namespace {

using testing_support::hex;
using testing_support::load_vectors;
using testing_support::SeededRandom;

AgreementPrivateKey private_key(ByteView bytes) {
  return AgreementPrivateKey::from_bytes(Secret::copy_of(bytes)).value();
}

struct Pair {
  SeededRandom random{1};
  AgreementPrivateKey recipient = AgreementPrivateKey::generate(random);
  Secret plaintext = Secret::copy_of(as_bytes("thirty-two bytes of an epoch key"));
  Bytes info = to_bytes(as_bytes("circle, epoch, device"));
  Bytes associated_data = to_bytes(as_bytes("hash of the header"));

  HpkeSealed seal() {
    return hpke_seal(random, recipient.public_key(), info, associated_data, plaintext).value();
  }
  Code open(const HpkeSealed& sealed) const {
    const auto opened = hpke_open(recipient, info, associated_data, sealed);
    return opened ? Code{} : opened.error().code();
  }
};

TEST(X25519, AgreesWithWycheproof) {
  int checked = 0;
  int low_order = 0;
  const auto vectors = load_vectors("x25519_test.json.gz");
  for (const auto& group : vectors["testGroups"]) {
    for (const auto& test : group["tests"]) {
      const std::string what = "tcId " + test["tcId"].dump() + ": " + test["comment"].dump();
      ++checked;
      const auto peer = AgreementKey::parse(hex(test["public"]));
      if (!peer) {
        EXPECT_EQ(hex(test["shared"]), Bytes(32)) << what << ": refused though a secret comes out";
        EXPECT_EQ(test["result"], "acceptable") << what;
        ++low_order;
        continue;
      }
      Bytes shared(32);
      ASSERT_TRUE(x25519(shared, private_key(hex(test["private"])), *peer)) << what;
      EXPECT_EQ(shared, hex(test["shared"])) << what;
    }
  }
  EXPECT_EQ(checked, 518);
  EXPECT_GT(low_order, 7);
}

TEST(X25519, RefusesToDeriveFromALowOrderPointThatWasNeverParsedAndLeavesNothing) {
  SeededRandom random(1);
  const AgreementPrivateKey own = AgreementPrivateKey::generate(random);
  Bytes shared(32, 0xaa);
  const Status status = x25519(shared, own, AgreementKey());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::kBadKey);
  EXPECT_EQ(shared, Bytes(32));
}

TEST(AgreementPrivateKey, HasThePublicKeyOfRfc7748AndAgreesBothWays) {
  const AgreementPrivateKey alice =
      private_key(hex("77076d0a7318a57d3c16c17251b26645df4c6f2ebcce1dd5a60d0e1f2a6a4bd4"));
  const AgreementPrivateKey bob =
      private_key(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(to_hex(bob.public_key().view()),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  Bytes from_alice(32);
  Bytes from_bob(32);
  ASSERT_TRUE(x25519(from_alice, alice, bob.public_key()));
  ASSERT_TRUE(x25519(from_bob, bob, alice.public_key()));
  EXPECT_EQ(from_alice, from_bob);
}

TEST(AgreementPrivateKey, RefusesAnotherLength) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    const auto key = AgreementPrivateKey::from_bytes(Secret(size));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code(), Code::kBadKey);
  }
}

TEST(Hpke, AgreesWithRfc9180InKemScheduleAndEncryptions) {
  int suites = 0;
  int encryptions = 0;
  for (const auto& vector : load_vectors("rfc9180.json")) {
    if (vector["kem_id"] != 32) continue;
    SCOPED_TRACE(vector["name"]);
    ++suites;
    const AgreementPrivateKey ephemeral = hpke_derive_key_pair(hex(vector["ikmE"]));
    const AgreementPrivateKey recipient = hpke_derive_key_pair(hex(vector["ikmR"]));
    EXPECT_EQ(to_bytes(ephemeral.bytes().view()), hex(vector["skEm"]));
    EXPECT_EQ(to_bytes(ephemeral.public_key().view()), hex(vector["enc"]));
    EXPECT_EQ(to_bytes(recipient.bytes().view()), hex(vector["skRm"]));
    EXPECT_EQ(to_bytes(recipient.public_key().view()), hex(vector["pkRm"]));

    Bytes sent(32);
    Bytes received(32);
    ASSERT_TRUE(hpke_encapsulate(sent, ephemeral, recipient.public_key()));
    ASSERT_TRUE(hpke_decapsulate(received, ephemeral.public_key(), recipient));
    EXPECT_EQ(sent, hex(vector["shared_secret"]));
    EXPECT_EQ(received, sent);

    const auto aead = static_cast<AeadKind>(vector["aead_id"].get<int>());
    const HpkeSchedule schedule(aead, sent, hex(vector["info"]));
    EXPECT_EQ(to_bytes(schedule.key()), hex(vector["key"]));
    EXPECT_EQ(to_bytes(schedule.base_nonce()), hex(vector["base_nonce"]));
    EXPECT_EQ(to_bytes(schedule.exporter_secret()), hex(vector["exporter_secret"]));

    AeadCipher cipher(aead);
    for (const auto& test : vector["encryptions"]) {
      const auto nonce = schedule.nonce(test["sequence"].get<std::uint64_t>());
      EXPECT_EQ(to_bytes(nonce), hex(test["nonce"])) << test["sequence"];
      const Bytes plaintext = hex(test["pt"]);
      Bytes sealed(plaintext.size() + kAeadTagSize);
      ASSERT_TRUE(cipher.seal(sealed, schedule.key(), nonce, plaintext, hex(test["aad"])));
      EXPECT_EQ(sealed, hex(test["ct"])) << test["sequence"];
      Bytes opened(plaintext.size());
      ASSERT_TRUE(cipher.open(opened, schedule.key(), nonce, sealed, hex(test["aad"])));
      EXPECT_EQ(opened, plaintext) << test["sequence"];
      ++encryptions;
    }
  }
  EXPECT_EQ(suites, 3);
  EXPECT_EQ(encryptions, 14);
}

TEST(Hpke, InSuiteOneGivesThePublishedMessageAndOpensIt) {
  for (const auto& vector : load_vectors("rfc9180.json")) {
    if (vector["kem_id"] != 32 || vector["aead_id"] != 2) continue;
    const auto& test = vector["encryptions"][0];
    const AgreementPrivateKey recipient = private_key(hex(vector["skRm"]));
    const auto sealed =
        hpke_seal_derived(Secret::copy_of(hex(vector["ikmE"])), recipient.public_key(), hex(vector["info"]),
                          hex(test["aad"]), Secret::copy_of(hex(test["pt"])));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->enc, hex(vector["enc"]));
    EXPECT_EQ(sealed->ciphertext, hex(test["ct"]));
    const auto opened = hpke_open(recipient, hex(vector["info"]), hex(test["aad"]), *sealed);
    ASSERT_TRUE(opened);
    EXPECT_EQ(to_bytes(opened->view()), hex(test["pt"]));
    return;
  }
  FAIL() << "the vector of suite 1 is missing";
}

TEST(Hpke, OpensWhatWasSealedAndSealsDifferentlyEachTime) {
  Pair pair;
  const HpkeSealed first = pair.seal();
  const HpkeSealed second = pair.seal();
  EXPECT_EQ(first.enc.size(), 32U);
  EXPECT_EQ(first.ciphertext.size(), pair.plaintext.size() + 16);
  EXPECT_NE(first.enc, second.enc);
  EXPECT_NE(first.ciphertext, second.ciphertext);
  EXPECT_TRUE(hpke_open(pair.recipient, pair.info, pair.associated_data, first).value() == pair.plaintext);
}

TEST(Hpke, SealsTheSameFromTheSameSeedSoThatAWrapCanBeChecked) {
  Pair pair;
  const Secret seed = Secret::copy_of(Bytes(32, 9));
  const auto seal = [&] {
    return hpke_seal_derived(seed, pair.recipient.public_key(), pair.info, pair.associated_data,
                             pair.plaintext)
        .value();
  };
  const HpkeSealed first = seal();
  EXPECT_EQ(first.enc, seal().enc);
  EXPECT_EQ(first.ciphertext, seal().ciphertext);
  EXPECT_EQ(pair.open(first), Code{});
}

TEST(Hpke, RefusesASeedThatIsTooShort) {
  Pair pair;
  EXPECT_EQ(hpke_seal_derived(Secret(31), pair.recipient.public_key(), {}, {}, pair.plaintext).error().code(),
            Code::kInvalidArgument);
}

TEST(Hpke, RefusesAnotherRecipientInfoOrAssociatedData) {
  Pair pair;
  const HpkeSealed sealed = pair.seal();
  const AgreementPrivateKey other = AgreementPrivateKey::generate(pair.random);
  EXPECT_EQ(hpke_open(other, pair.info, pair.associated_data, sealed).error().code(), Code::kDecryptFailed);
  EXPECT_EQ(
      hpke_open(pair.recipient, as_bytes("another circle"), pair.associated_data, sealed).error().code(),
      Code::kDecryptFailed);
  EXPECT_EQ(hpke_open(pair.recipient, pair.info, as_bytes("another header"), sealed).error().code(),
            Code::kDecryptFailed);
}

TEST(Hpke, RefusesEveryFlippedByteOfEncAndCiphertext) {
  Pair pair;
  HpkeSealed sealed = pair.seal();
  for (Bytes* const part : {&sealed.enc, &sealed.ciphertext}) {
    for (Byte& byte : *part) {
      byte ^= 0x40;
      EXPECT_EQ(pair.open(sealed), Code::kDecryptFailed);
      byte ^= 0x40;
    }
  }
  EXPECT_EQ(pair.open(sealed), Code{});
}

TEST(Hpke, RefusesLowOrderAndMisshapenEnc) {
  Pair pair;
  HpkeSealed sealed = pair.seal();
  for (const std::string_view point :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "00", ""}) {
    sealed.enc = hex(point);
    EXPECT_EQ(pair.open(sealed), Code::kDecryptFailed) << point;
  }
}

TEST(Hpke, RefusesACiphertextShorterThanATag) {
  Pair pair;
  HpkeSealed sealed = pair.seal();
  for (const std::size_t size : {15U, 8U, 1U, 0U}) {
    sealed.ciphertext.resize(size);
    EXPECT_EQ(pair.open(sealed), Code::kDecryptFailed) << size;
  }
}

}  // namespace
}  // namespace thuisbasis
