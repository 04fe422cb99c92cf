// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/aead.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <set>

#include "core/crypto/aead_cipher.h"
#include "tests/support/seeded_random.h"
#include "tests/vectors/vectors.h"

namespace thuisbasis {
namespace {

using testing_support::hex;
using testing_support::load_vectors;
using testing_support::SeededRandom;
using testing_support::StuckRandom;

Secret key_of(Byte byte) { return Secret::copy_of(Bytes(kXaesKeySize, byte)); }
XaesNonce nonce_of(std::string_view text) { return XaesNonce::from(as_bytes(text)).value(); }
const XaesNonce kNonce = nonce_of("ABCDEFGHIJKLMNOPQRSTUVWX");

/// One AES-256 block, straight from OpenSSL.
Bytes aes_block(ByteView key, ByteView block) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  Bytes out(32);
  int size = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), EVP_aes_256_ecb(), nullptr, key.data(), nullptr), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &size, block.data(), 16), 1);
  out.resize(16);
  return out;
}

/// XAES-256-GCM written a second time from its specification, on big-endian integers instead of shifts in
/// place.
Bytes xaes_by_hand(ByteView key, const XaesNonce& nonce, ByteView plaintext, ByteView associated_data) {
  const Bytes zero_block = aes_block(key, Bytes(16));
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    high = high << 8 | zero_block[i];
    low = low << 8 | zero_block[i + 8];
  }
  const std::uint64_t reduced = high >> 63 != 0 ? 0x87 : 0;
  high = high << 1 | low >> 63;
  low = low << 1 ^ reduced;
  Bytes message_key;
  for (const std::uint64_t counter : {1U, 2U}) {
    std::uint64_t first = counter << 48 | std::uint64_t{'X'} << 40;
    std::uint64_t second = 0;
    for (std::size_t i = 0; i < 4; ++i) first |= std::uint64_t{nonce.view()[i]} << (24 - 8 * i);
    for (std::size_t i = 4; i < 12; ++i) second = second << 8 | nonce.view()[i];
    Bytes block;
    for (int shift = 56; shift >= 0; shift -= 8) block.push_back(static_cast<Byte>((first ^ high) >> shift));
    for (int shift = 56; shift >= 0; shift -= 8) block.push_back(static_cast<Byte>((second ^ low) >> shift));
    append(message_key, aes_block(key, block));
  }
  Bytes sealed(plaintext.size() + kAeadTagSize);
  EXPECT_TRUE(AeadCipher(AeadKind::kAes256Gcm)
                  .seal(sealed, message_key, nonce.view().subspan(12), plaintext, associated_data));
  return sealed;
}

/// The first bytes of SHAKE128 of nothing, in the order they are asked for.
class ShakeStream {
 public:
  explicit ShakeStream(std::size_t size) : bytes_(size) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EXPECT_EQ(EVP_DigestInit_ex(context.get(), EVP_shake128(), nullptr), 1);
    EXPECT_EQ(EVP_DigestFinalXOF(context.get(), bytes_.data(), bytes_.size()), 1);
  }
  ByteView take(std::size_t size) {
    const ByteView taken = ByteView(bytes_).subspan(at_, size);
    at_ += size;
    return taken;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

TEST(Xaes, AgreesWithTheVectorsOfC2sp) {
  Xaes ones(key_of(1));
  EXPECT_EQ(to_hex(ones.seal(kNonce, as_bytes("XAES-256-GCM"), {}).value()),
            "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  Xaes threes(key_of(3));
  const Bytes sealed =
      threes.seal(kNonce, as_bytes("XAES-256-GCM"), as_bytes("c2sp.org/XAES-256-GCM")).value();
  EXPECT_EQ(to_hex(sealed), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
  EXPECT_EQ(to_string(threes.open(kNonce, sealed, as_bytes("c2sp.org/XAES-256-GCM")).value()),
            "XAES-256-GCM");
}

TEST(Xaes, AgreesWithTheTenThousandAccumulatedMessagesOfC2sp) {
  ShakeStream stream(10'000 * (32 + 24 + 2 + 2 * 255));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  ASSERT_EQ(EVP_DigestInit_ex(digest.get(), EVP_shake128(), nullptr), 1);
  for (int i = 0; i < 10'000; ++i) {
    Xaes xaes(Secret::copy_of(stream.take(kXaesKeySize)));
    const XaesNonce nonce = XaesNonce::from(stream.take(kXaesNonceSize)).value();
    const ByteView plaintext = stream.take(stream.take(1)[0]);
    const ByteView associated_data = stream.take(stream.take(1)[0]);
    const Bytes sealed = xaes.seal(nonce, plaintext, associated_data).value();
    ASSERT_EQ(xaes.open(nonce, sealed, associated_data).value(), to_bytes(plaintext)) << i;
    ASSERT_EQ(EVP_DigestUpdate(digest.get(), sealed.data(), sealed.size()), 1);
  }
  Bytes accumulated(32);
  ASSERT_EQ(EVP_DigestFinalXOF(digest.get(), accumulated.data(), accumulated.size()), 1);
  EXPECT_EQ(to_hex(accumulated), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}

TEST(Xaes, IsWhatItsSpecificationComposes) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes key(32), plaintext(size), associated_data(size % 7);
    random.fill(key);
    random.fill(plaintext);
    const XaesNonce nonce = random_id<XaesNonce>(random);
    EXPECT_EQ(Xaes(Secret::copy_of(key)).seal(nonce, plaintext, associated_data).value(),
              xaes_by_hand(key, nonce, plaintext, associated_data));
  }
}

TEST(Xaes, OpensWhatItSealed) {
  EXPECT_TRUE(rc::check([](const Bytes& plaintext, const Bytes& associated_data, std::uint64_t seed) {
    SeededRandom random(seed);
    Secret key(kXaesKeySize);
    random.fill(key.mutable_view());
    const XaesNonce nonce = random_id<XaesNonce>(random);
    const Bytes sealed = Xaes(key).seal(nonce, plaintext, associated_data).value();
    RC_ASSERT(sealed.size() == plaintext.size() + kAeadTagSize);
    RC_ASSERT(Xaes(key).open(nonce, sealed, associated_data).value() == plaintext);
  }));
}

TEST(Xaes, WorksInPlace) {
  Xaes xaes(key_of(1));
  const Bytes plaintext(4096, 7);
  Bytes page = plaintext;
  page.resize(plaintext.size() + kAeadTagSize);
  const MutableByteView body = MutableByteView(page).first(plaintext.size());
  ASSERT_TRUE(xaes.seal_into(page, kNonce, body, as_bytes("page 1")));
  EXPECT_EQ(page, xaes.seal(kNonce, plaintext, as_bytes("page 1")).value());
  ASSERT_TRUE(xaes.open_into(body, kNonce, page, as_bytes("page 1")));
  EXPECT_EQ(to_bytes(body), plaintext);
}

TEST(Xaes, MovesWithItsContexts) {
  Xaes first(key_of(1));
  Xaes second = std::move(first);
  EXPECT_EQ(to_hex(second.seal(kNonce, as_bytes("XAES-256-GCM"), {}).value()),
            "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
}

/// Opening must fail, and leave nothing behind in a buffer that held something.
void expect_refused(Xaes& xaes, const XaesNonce& nonce, ByteView sealed, ByteView associated_data,
                    const std::string& what) {
  Bytes out(sealed.size() < kAeadTagSize ? 24 : sealed.size() - kAeadTagSize, 0xaa);
  const Status status = xaes.open_into(out, nonce, sealed, associated_data);
  ASSERT_FALSE(status) << what;
  EXPECT_EQ(status.error().code(), Code::kDecryptFailed) << what;
  EXPECT_EQ(out, Bytes(out.size())) << what << ": bytes that did not verify were left behind";
}

TEST(Xaes, RefusesEveryFlippedBitAndShowsNoPlaintext) {
  Xaes xaes(key_of(1));
  Bytes associated_data = to_bytes(as_bytes("header"));
  Bytes sealed = xaes.seal(kNonce, as_bytes("what the family wrote on a Tuesday"), associated_data).value();
  const auto flip_each = [&](MutableByteView bytes, const char* what, const auto& check) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
      check(std::string(what) + ", bit " + std::to_string(bit));
      bytes[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    }
  };
  XaesNonce nonce = kNonce;
  const auto refused = [&](const std::string& what) {
    expect_refused(xaes, nonce, sealed, associated_data, what);
  };
  flip_each(sealed, "sealed", refused);
  flip_each(associated_data, "associated data", refused);
  flip_each(nonce.mutable_view(), "nonce", refused);
  EXPECT_TRUE(xaes.open(nonce, sealed, associated_data)) << "and the untouched message still opens";
}

TEST(Xaes, RefusesTruncatedAndLengthenedTags) {
  Xaes xaes(key_of(1));
  const Bytes sealed = xaes.seal(kNonce, as_bytes("plaintext"), {}).value();
  for (const std::size_t left : {15U, 12U, 8U, 4U, 1U, 0U})
    expect_refused(xaes, kNonce, ByteView(sealed).first(sealed.size() - kAeadTagSize + left), {},
                   "tag of " + std::to_string(left));
  Bytes longer = sealed;
  longer.push_back(0);
  expect_refused(xaes, kNonce, longer, {}, "tag of 17");
  const Bytes empty = xaes.seal(kNonce, {}, {}).value();
  for (const std::size_t left : {15U, 12U, 8U, 4U, 1U, 0U})
    expect_refused(xaes, kNonce, ByteView(empty).first(left), {}, "bare tag of " + std::to_string(left));
}

TEST(Xaes, RefusesAnotherKey) {
  Xaes one(key_of(1));
  Xaes two(key_of(2));
  expect_refused(two, kNonce, one.seal(kNonce, as_bytes("plaintext"), {}).value(), {}, "another key");
}

TEST(Xaes, RefusesABufferOfAnotherSizeAndWipesIt) {
  Xaes xaes(key_of(1));
  const Bytes sealed = xaes.seal(kNonce, as_bytes("plaintext"), {}).value();
  Bytes out(8, 0xaa);
  EXPECT_EQ(xaes.open_into(out, kNonce, sealed, {}).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(out, Bytes(8));
  EXPECT_EQ(xaes.seal_into(out, kNonce, as_bytes("plaintext"), {}).error().code(), Code::kInvalidArgument);
}

TEST(XaesDeathTest, EndsTheProcessForAKeyOfAnotherSize) { EXPECT_DEATH(Xaes(Secret(16)), "kXaesKeySize"); }

TEST(AeadCipher, AgreesWithWycheproofForAes256Gcm) {
  AeadCipher cipher(AeadKind::kAes256Gcm);
  int checked = 0;
  const auto vectors = load_vectors("aes_gcm_test.json.gz");
  for (const auto& group : vectors["testGroups"]) {
    if (group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128) continue;
    for (const auto& test : group["tests"]) {
      const std::string what = "tcId " + test["tcId"].dump() + ": " + test["comment"].dump();
      const Bytes message = hex(test["msg"]);
      const Bytes associated_data = hex(test["aad"]);
      Bytes sealed = hex(test["ct"]);
      append(sealed, hex(test["tag"]));
      Bytes opened(message.size(), 0xaa);
      const bool valid = test["result"] == "valid";
      EXPECT_EQ(cipher.open(opened, hex(test["key"]), hex(test["iv"]), sealed, associated_data).has_value(),
                valid)
          << what;
      EXPECT_EQ(opened, valid ? message : Bytes(message.size())) << what;
      Bytes out(sealed.size());
      ASSERT_TRUE(cipher.seal(out, hex(test["key"]), hex(test["iv"]), message, associated_data)) << what;
      EXPECT_EQ(out == sealed, valid) << what;
      ++checked;
    }
  }
  EXPECT_GT(checked, 60);
}

TEST(AeadCipher, AgreesWithTheAes256GcmEncryptionsOfRfc9180) {
  AeadCipher cipher(AeadKind::kAes256Gcm);
  int checked = 0;
  for (const auto& vector : load_vectors("rfc9180.json")) {
    if (vector["kem_id"] != 18) continue;
    for (const auto& test : vector["encryptions"]) {
      Bytes sealed(hex(test["ct"]).size());
      ASSERT_TRUE(
          cipher.seal(sealed, hex(vector["key"]), hex(test["nonce"]), hex(test["pt"]), hex(test["aad"])));
      EXPECT_EQ(sealed, hex(test["ct"])) << vector["name"] << ", sequence " << test["sequence"];
      ++checked;
    }
  }
  EXPECT_EQ(checked, 6);
}

TEST(HedgedNonce, NeverRepeatsForAnotherPlaceOrPlaintextThoughTheSourceIsStuck) {
  StuckRandom stuck;
  const Secret key = key_of(1);
  std::set<XaesNonce> seen;
  for (std::uint64_t number = 0; number < 50'000; ++number) {
    EXPECT_TRUE(seen.insert(hedged_nonce(key, stuck, number, as_bytes("same"))).second) << number;
    EXPECT_TRUE(seen.insert(hedged_nonce(key, stuck, 0, as_bytes(std::to_string(number)))).second) << number;
  }
}

TEST(HedgedNonce, RepeatsForTheSamePlaintextAtTheSamePlaceOnly) {
  StuckRandom stuck;
  const XaesNonce nonce = hedged_nonce(key_of(1), stuck, 7, as_bytes("same"));
  EXPECT_EQ(hedged_nonce(key_of(1), stuck, 7, as_bytes("same")), nonce);
  EXPECT_NE(hedged_nonce(key_of(2), stuck, 7, as_bytes("same")), nonce)
      << "another device has another nonce key";
}

TEST(HedgedNonce, DiffersEachTimeWithASourceThatWorks) {
  SeededRandom random(1);
  std::set<XaesNonce> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(hedged_nonce(key_of(1), random, 7, {})).second);
}

}  // namespace
}  // namespace thuisbasis
