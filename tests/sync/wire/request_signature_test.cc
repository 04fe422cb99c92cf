// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/request_signature.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>

namespace thuisbasis {
namespace {

constexpr WallMs kNow = 1'700'000'000'000;

class TestSigner final : public RequestSigner {
 public:
  explicit TestSigner(Byte seed_byte) {
    std::array<Byte, 32> seed{};
    seed.fill(seed_byte);
    crypto_sign_seed_keypair(public_.data(), secret_.data(), seed.data());
    device_.mutable_view()[0] = seed_byte;
  }
  DeviceId device() const override { return device_; }
  Signature sign_raw(ByteView message) const override {
    Signature signature;
    crypto_sign_detached(signature.mutable_view().data(), nullptr, message.data(), message.size(),
                         secret_.data());
    return signature;
  }
  VerifyKey key() const { return *VerifyKey::parse(public_); }

 private:
  std::array<Byte, 32> public_{};
  std::array<Byte, 64> secret_{};
  DeviceId device_;
};

class OneDevice final : public DeviceKeys {
 public:
  explicit OneDevice(const TestSigner& signer) : signer_(signer) {}
  Result<VerifyKey> signing_key(const DeviceId& device) override {
    if (device == signer_.device()) return signer_.key();
    return Error(Code::kUnknownDevice, "not the one");
  }

 private:
  const TestSigner& signer_;
};

RequestNonce nonce_of(Byte byte) {
  RequestNonce nonce;
  nonce.mutable_view()[5] = byte;
  return nonce;
}

class SignedRequest : public ::testing::Test {
 protected:
  HttpRequest make(Byte nonce = 1, WallMs now = kNow) {
    HttpRequest request = sync_request_message("POST", "/v1/sync?x=1", {1, 2, 3});
    sign_request(request, signer_, now, nonce_of(nonce));
    return request;
  }
  Code code_of(const HttpRequest& request, WallMs now = kNow) {
    const auto device = verify_request(request, keys_, now, nonces_);
    return device ? Code{} : device.error().code();
  }

  const TestSigner signer_{42};
  OneDevice keys_{signer_};
  NonceCache nonces_;
};

TEST(SignatureBase, IsThatOfRfc9421AppendixB26) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/foo?param=Value&Pet=dog";
  request.headers.add("Host", "example.com");
  request.headers.add("Date", "Tue, 20 Apr 2021 02:07:55 GMT");
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Content-Length", "18");
  constexpr std::array<std::string_view, 6> components{"date",       "@method",      "@path",
                                                       "@authority", "content-type", "content-length"};
  const std::string params =
      "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
      ";created=1618884473;keyid=\"test-key-ed25519\"";
  const auto base = signature_base(request, components, params);
  ASSERT_TRUE(base);
  EXPECT_EQ(*base,
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n"
            "\"@authority\": example.com\n\"content-type\": application/json\n\"content-length\": 18\n"
            "\"@signature-params\": " +
                params);
  const auto key = VerifyKey::parse(*from_base64url("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"));
  ASSERT_TRUE(key);
  Bytes signature = *from_base64(
      "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==");
  EXPECT_TRUE(verify_raw_signature(*key, as_bytes(*base), signature));
  signature[3] ^= 1;
  EXPECT_FALSE(verify_raw_signature(*key, as_bytes(*base), signature));
}

TEST(SignatureBase, WritesAnAbsentQueryAsAQuestionMark) {
  HttpRequest request;
  request.target = "/a";
  constexpr std::array<std::string_view, 1> components{"@query"};
  EXPECT_EQ(*signature_base(request, components, "()"), "\"@query\": ?\n\"@signature-params\": ()");
}

TEST(ContentDigest, IsThatOfRfc9530) {
  EXPECT_EQ(content_digest(as_bytes("{\"hello\": \"world\"}\n")),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}

TEST_F(SignedRequest, IsAcceptedOnce) {
  const HttpRequest request = make();
  const auto device = verify_request(request, keys_, kNow, nonces_);
  ASSERT_TRUE(device) << device.error().message();
  EXPECT_EQ(*device, signer_.device());
  EXPECT_EQ(*claimed_device(request), signer_.device());
  EXPECT_EQ(code_of(request), Code::kReplayed);
}

TEST_F(SignedRequest, IsAcceptedWithoutABody) {
  HttpRequest request = sync_request_message("GET", "/v1/live", {});
  sign_request(request, signer_, kNow, nonce_of(1));
  EXPECT_EQ(code_of(request), Code{});
}

TEST_F(SignedRequest, CoversMethodPathQueryBodyAndVersion) {
  HttpRequest request = make();
  request.method = "PUT";
  EXPECT_EQ(code_of(request), Code::kBadSignature);
  request = make();
  request.target = "/v1/live?x=1";
  EXPECT_EQ(code_of(request), Code::kBadSignature);
  request = make();
  request.target = "/v1/sync?x=2";
  EXPECT_EQ(code_of(request), Code::kBadSignature);
  request = make();
  request.body.push_back(4);
  EXPECT_EQ(code_of(request), Code::kBadSignature);
  request.headers.set("content-digest", content_digest(request.body));
  EXPECT_EQ(code_of(request), Code::kBadSignature);
  request = make();
  request.headers.set(kProtocolHeader, "2");
  EXPECT_EQ(code_of(request), Code::kBadSignature);
  EXPECT_EQ(nonces_.size(), 0u) << "a refused request must not use up a nonce";
}

TEST_F(SignedRequest, OfAnotherKeyIsRefused) {
  HttpRequest request = make();
  const TestSigner other(43);
  sign_request(request, other, kNow, nonce_of(1));
  EXPECT_EQ(code_of(request), Code::kUnknownDevice);
}

TEST_F(SignedRequest, IsRefusedBeyond300SecondsEitherWay) {
  EXPECT_EQ(code_of(make(1), kNow + 300'000), Code{});
  EXPECT_EQ(code_of(make(2), kNow - 300'000), Code{});
  EXPECT_EQ(code_of(make(3), kNow + 301'000), Code::kClock);
  EXPECT_EQ(code_of(make(4), kNow - 301'000), Code::kClock);
}

TEST_F(SignedRequest, WithAnyOtherSpellingOfItsParametersIsMalformed) {
  const HttpRequest good = make();
  const std::string input(*good.headers.find("signature-input"));
  const auto with = [&](std::string_view from, std::string_view to) {
    HttpRequest request = good;
    std::string changed = input;
    changed.replace(changed.find(from), from.size(), to);
    request.headers.set("signature-input", changed);
    return code_of(request);
  };
  EXPECT_EQ(with("\"@query\" ", ""), Code::kMalformed);
  EXPECT_EQ(with("created=", "created=0"), Code::kMalformed);
  EXPECT_EQ(with(";alg=\"ed25519\"", ""), Code::kMalformed);
  EXPECT_EQ(with(";alg=\"ed25519\"", ";alg=\"ed25519\";tag=\"x\""), Code::kMalformed);
  EXPECT_EQ(with("tb=", "sig1="), Code::kMalformed);
  EXPECT_EQ(with("keyid=\"", "keyid=\"A"), Code::kMalformed);
  HttpRequest request = good;
  request.headers.remove("signature");
  EXPECT_EQ(code_of(request), Code::kMalformed);
  request = good;
  request.headers.add("signature-input", input);
  EXPECT_EQ(code_of(request), Code::kMalformed);
  request = good;
  request.headers.set("signature", "tb=:AAAA");
  EXPECT_EQ(code_of(request), Code::kMalformed);
  request.headers.set("signature", "tb=:AAAA:");
  EXPECT_EQ(code_of(request), Code::kBadSignature);
}

TEST(NonceCache, ForgetsWhatIsTooOldToBeAccepted) {
  NonceCache cache;
  const DeviceId device;
  EXPECT_TRUE(cache.accept(device, nonce_of(1), kNow / 1000, kNow));
  EXPECT_TRUE(cache.accept(device, nonce_of(2), kNow / 1000 + 400, kNow + 400'000));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(NonceCache, NeverAcceptsTwiceWhenTheClockJumpsForwardAndBack) {
  NonceCache cache;
  const DeviceId device;
  ASSERT_TRUE(cache.accept(device, nonce_of(1), kNow / 1000, kNow));
  constexpr WallMs kYearMs = 31'536'000'000;
  ASSERT_TRUE(cache.accept(device, nonce_of(2), (kNow + kYearMs) / 1000, kNow + kYearMs));
  EXPECT_FALSE(cache.accept(device, nonce_of(1), kNow / 1000, kNow));
  EXPECT_TRUE(cache.accept(device, nonce_of(3), kNow / 1000 + 1, kNow + 1000));
}

TEST(NonceCache, StaysWithinItsLimitAndNeverAcceptsWhatItForgot) {
  NonceCache cache(3);
  const DeviceId device;
  for (Byte number = 1; number <= 5; ++number)
    EXPECT_TRUE(cache.accept(device, nonce_of(number), kNow / 1000 + number, kNow));
  EXPECT_EQ(cache.size(), 3u);
  for (Byte number = 1; number <= 5; ++number)
    EXPECT_FALSE(cache.accept(device, nonce_of(number), kNow / 1000 + number, kNow));
}

}  // namespace
}  // namespace thuisbasis
