// SPDX-License-Identifier: EUPL-1.2
// Signed requests, before and behind the signature. The first byte: 0 the headers are as they stand, else the
// signature over whatever Signature-Input says is made with a key of the fuzzer's own, and the digest is
// right.
//
// The rest are parts: method, target, body, then names and values of headers.
#include <array>

#include "core/crypto/signing.h"
#include "sync/wire/request_signature.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/town.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr std::array<std::string_view, 5> kCovered{"@method", "@path", "@query", "content-digest",
                                                   kProtocolHeader};

/// Every device has the same key.
class OneKey final : public DeviceKeys {
 public:
  Result<VerifyKey> signing_key(const DeviceId&) override { return key.public_key(); }
  SigningKey key = fuzzing::signing_key(9);
};

void sign(HttpRequest& request, const SigningKey& key) {
  request.headers.set("content-digest", content_digest(request.body));
  const auto input = request.headers.find("signature-input");
  if (!input || !input->starts_with("tb=")) return;
  const auto base = signature_base(request, kCovered, input->substr(3));
  if (!base) return;
  request.headers.set("signature", "tb=:" + to_base64(key.sign_raw(as_bytes(*base)).view()) + ":");
}

bool accepted(const HttpRequest& request, OneKey& keys) {
  NonceCache fresh;
  return verify_request(request, keys, kNow, fresh).has_value();
}

void check_accepted(const HttpRequest& request, const DeviceId& device, OneKey& keys) {
  expect(is(claimed_device(request), device), "quotas count for who really sent it");
  HttpRequest other = request;
  other.body.push_back(0);
  expect(!accepted(other, keys), "no other body passes");
  other = request;
  other.target += "1";
  expect(!accepted(other, keys), "no other target passes");
  other = request;
  other.method += "1";
  expect(!accepted(other, keys), "no other method passes");
}

}  // namespace

void fuzz(ByteView input) {
  static auto& keys = *new OneKey;
  Input parts(input);
  const bool bare = parts.byte() == 0;
  HttpRequest request;
  request.method = to_string(parts.part());
  request.target = to_string(parts.part());
  request.body = to_bytes(parts.part());
  for (std::size_t i = 0; i < kHeaderFieldsMax && !parts.empty(); ++i) {
    const ByteView name = parts.part();
    request.headers.add(as_text(name), as_text(parts.part()));
  }
  if (!bare) sign(request, keys.key);
  NonceCache nonces;
  const auto device = verify_request(request, keys, kNow, nonces);
  if (!device) return;
  const auto replayed = verify_request(request, keys, kNow, nonces);
  expect(!replayed && replayed.error().code() == Code::kReplayed, "a request counts once");
  check_accepted(request, *device, keys);
}

}  // namespace thuisbasis::fuzzing
