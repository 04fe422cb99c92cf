// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>

#include "core/verify/hash.h"
#include "core/verify/signature.h"
#include "tests/vectors/vectors.h"

namespace thuisbasis {
namespace {

using testing_support::hex;

/// An Ed25519 pair through OpenSSL, so that the signatures checked here come from other code than the
/// checker.
class OpenSslSigner {
 public:
  OpenSslSigner()
      : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(32, 7).data(), 32),
             EVP_PKEY_free) {}

  VerifyKey public_key() const {
    Bytes bytes(32);
    std::size_t size = bytes.size();
    EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size), 1);
    return VerifyKey::parse(bytes).value();
  }
  Bytes sign(std::string_view label, ByteView message) const {
    const Bytes bytes = signed_bytes(label, message);
    Bytes signature(64);
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()), 1);
    return signature;
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

Code code_of(const Status& status) { return status ? Code{} : status.error().code(); }

/// The eight points of small order and every other spelling of them: y of p or p + 1 for 0 or 1, and the sign
/// bit set where x is zero.
const char* const kSmallOrderKeys[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

/// Little-endian order of the prime-order group, L of RFC 8032.
const char* const kGroupOrder = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

TEST(Sha256, GivesTheDigestsOfFips180) {
  EXPECT_EQ(to_hex(sha256({}).view()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc")).view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).view()),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(Bytes(1'000'000, 'a')).view()),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPiecesIsTheDigestOfTheWhole) {
  Bytes whole;
  Sha256 hash;
  for (std::size_t size = 0; size < 200; size += 13) {
    const Bytes piece(size, static_cast<Byte>(size));
    append(whole, piece);
    hash.add(piece);
  }
  EXPECT_EQ(hash.finish(), sha256(whole));
}

TEST(Sha256, PutsTheLabelAndAZeroByteFirstAndIntegersBigEndian) {
  Bytes spelled = to_bytes(as_bytes("thuisbasis/1/test"));
  append(spelled, Bytes{0, 1, 2, 3, 4, 5, 6, 7, 8, 'x'});
  EXPECT_EQ(Sha256("thuisbasis/1/test").add_u64(0x0102030405060708).add(as_bytes("x")).finish(),
            sha256(spelled));
}

TEST(Sha256, OfTheSameBytesDiffersByLabel) {
  EXPECT_NE(Sha256("a").add(as_bytes("b")).finish(), Sha256("ab").finish());
}

TEST(VerifyKey, RefusesEveryPointOfSmallOrderInEverySpelling) {
  for (const char* const key : kSmallOrderKeys) {
    const auto parsed = VerifyKey::parse(hex(key));
    ASSERT_FALSE(parsed) << key;
    EXPECT_EQ(parsed.error().code(), Code::kBadKey) << key;
  }
}

TEST(VerifyKey, RefusesEveryNonCanonicalY) {
  for (int low = 0xed; low <= 0xff; ++low) {
    for (const Byte top : {Byte{0x7f}, Byte{0xff}}) {
      Bytes key(32, 0xff);
      key.front() = static_cast<Byte>(low);
      key.back() = top;
      EXPECT_FALSE(VerifyKey::parse(key)) << to_hex(key);
    }
  }
}

TEST(VerifyKey, RefusesAPointWithASmallOrderPart) {
  // The base point plus the point of order two: on the curve, canonical, not small, yet not in the
  // prime-order group.
  EXPECT_FALSE(VerifyKey::parse(hex("9599999999999999999999999999999999999999999999999999999999999999")));
  EXPECT_TRUE(VerifyKey::parse(hex("5866666666666666666666666666666666666666666666666666666666666666")));
}

TEST(VerifyKey, RefusesAnotherLengthThanThirtyTwoBytes) {
  for (const std::size_t size : {0U, 1U, 31U, 33U, 64U}) {
    const auto parsed = VerifyKey::parse(Bytes(size, 0x58));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code(), Code::kBadKey);
  }
}

TEST(VerifyKey, RefusesBytesThatAreNoPoint) {
  EXPECT_FALSE(VerifyKey::parse(hex("0200000000000000000000000000000000000000000000000000000000000000")));
}

TEST(AgreementKey, RefusesEveryPointOfLowOrderInEverySpelling) {
  const char* const points[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  for (const char* const point : points) {
    for (const Byte top : {Byte{0}, Byte{0x80}}) {
      Bytes bytes = hex(point);
      bytes.back() |= top;
      const auto parsed = AgreementKey::parse(bytes);
      ASSERT_FALSE(parsed) << to_hex(bytes);
      EXPECT_EQ(parsed.error().code(), Code::kBadKey);
    }
  }
}

TEST(AgreementKey, RefusesAnotherLengthThanThirtyTwoBytes) {
  for (const std::size_t size : {0U, 31U, 33U}) EXPECT_FALSE(AgreementKey::parse(Bytes(size, 9)));
  EXPECT_TRUE(AgreementKey::parse(Bytes(32, 9)));
}

TEST(VerifySignature, AcceptsASignatureOverLabelZeroMessage) {
  const OpenSslSigner signer;
  EXPECT_TRUE(verify_signature(signer.public_key(), "label", as_bytes("message"),
                               signer.sign("label", as_bytes("message"))));
  EXPECT_TRUE(verify_signature(signer.public_key(), "label", {}, signer.sign("label", {})));
}

TEST(VerifySignature, RefusesAnotherLabelMessageOrKey) {
  const OpenSslSigner signer;
  const Bytes signature = signer.sign("label", as_bytes("message"));
  const VerifyKey other =
      VerifyKey::parse(hex("5866666666666666666666666666666666666666666666666666666666666666")).value();
  EXPECT_EQ(code_of(verify_signature(signer.public_key(), "labe", as_bytes("lmessage"), signature)),
            Code::kBadSignature);
  EXPECT_EQ(code_of(verify_signature(signer.public_key(), "label", as_bytes("messagf"), signature)),
            Code::kBadSignature);
  EXPECT_EQ(code_of(verify_signature(other, "label", as_bytes("message"), signature)), Code::kBadSignature);
}

TEST(VerifySignature, RefusesEveryFlippedBit) {
  const OpenSslSigner signer;
  const VerifyKey key = signer.public_key();
  Bytes signature = signer.sign("label", as_bytes("message"));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    signature[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    EXPECT_EQ(code_of(verify_signature(key, "label", as_bytes("message"), signature)), Code::kBadSignature)
        << bit;
    signature[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
  }
}

TEST(VerifySignature, RefusesAnotherLengthThanSixtyFourBytes) {
  const OpenSslSigner signer;
  Bytes signature = signer.sign("label", as_bytes("message"));
  signature.push_back(0);
  EXPECT_FALSE(verify_signature(signer.public_key(), "label", as_bytes("message"), signature));
  for (const std::size_t size : {0U, 1U, 32U, 63U})
    EXPECT_FALSE(
        verify_signature(signer.public_key(), "label", as_bytes("message"), ByteView(signature).first(size)));
}

TEST(VerifySignature, RefusesAnSThatHasTheGroupOrderAdded) {
  const OpenSslSigner signer;
  Bytes signature = signer.sign("label", as_bytes("message"));
  const Bytes order = hex(kGroupOrder);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature[32 + i] + static_cast<unsigned>(order[i]);
    signature[32 + i] = static_cast<Byte>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0U) << "S + L still fits in 32 bytes";
  EXPECT_EQ(code_of(verify_signature(signer.public_key(), "label", as_bytes("message"), signature)),
            Code::kBadSignature);
}

TEST(VerifySignature, RefusesAForgeryUnderAKeyThatWasNeverParsed) {
  // R = identity and S = 0 satisfy the equation for a small-order key and one message in a few.
  Bytes forgery(64);
  forgery[0] = 1;
  for (int i = 0; i < 64; ++i)
    EXPECT_FALSE(verify_signature(VerifyKey(), "label", as_bytes(std::to_string(i)), forgery)) << i;
}

TEST(VerifySignature, AgreesWithWycheproof) {
  int checked = 0;
  const auto vectors = testing_support::load_vectors("ed25519_test.json.gz");
  for (const auto& group : vectors["testGroups"]) {
    const auto key = VerifyKey::parse(hex(group["publicKey"]["pk"]));
    ASSERT_TRUE(key) << group["publicKey"]["pk"];
    for (const auto& test : group["tests"]) {
      EXPECT_EQ(verify_raw_signature(*key, hex(test["msg"]), hex(test["sig"])).has_value(),
                test["result"] == "valid")
          << "tcId " << test["tcId"] << ": " << test["comment"];
      ++checked;
    }
  }
  EXPECT_EQ(checked, 151);
}

}  // namespace
}  // namespace thuisbasis
