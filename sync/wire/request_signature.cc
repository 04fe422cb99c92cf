// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/request_signature.h"

#include <array>
#include <charconv>

#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

constexpr std::array<std::string_view, 5> kCovered{"@method", "@path", "@query", "content-digest",
                                                   kProtocolHeader};
constexpr std::string_view kLabel = "tb=";

/// What varies in the parameters of our profile.
struct SignatureParams {
  std::int64_t created_s = 0;
  RequestNonce nonce;
  DeviceId device;
};

/// RFC 9421, 2.3: the one serialization of these parameters that we write and accept.
std::string serialize(const SignatureParams& params) {
  std::string text = "(";
  for (const std::string_view component : kCovered)
    text.append(component == kCovered.front() ? "\"" : " \"").append(component).append("\"");
  text.append(");created=").append(std::to_string(params.created_s));
  text.append(";nonce=\"").append(params.nonce.text());
  text.append("\";keyid=\"").append(params.device.text()).append("\";alg=\"ed25519\"");
  return text;
}

/// The text between two marks, which is cut off the front of `rest`.
Result<std::string_view> take_between(std::string_view& rest, std::string_view open, std::string_view close) {
  const std::size_t from = rest.find(open);
  if (from == std::string_view::npos)
    return Error(Code::kMalformed, "signature-input lacks " + std::string(open));
  rest.remove_prefix(from + open.size());
  const std::size_t size = rest.find(close);
  if (size == std::string_view::npos) return Error(Code::kMalformed, "signature-input is cut");
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

Result<std::string_view> labelled(const HttpHeaders& headers, std::string_view name) {
  const auto value = headers.find(name);
  if (!value || !value->starts_with(kLabel))
    return Error(Code::kMalformed, "request lacks one " + std::string(name) + " labelled tb");
  return value->substr(kLabel.size());
}

Result<SignatureParams> parse_params(std::string_view text) {
  std::string_view rest = text;
  SignatureParams params;
  TB_TRY(const std::string_view created, take_between(rest, ";created=", ";"));
  const auto [end, error] =
      std::from_chars(created.data(), created.data() + created.size(), params.created_s);
  if (error != std::errc()) return Error(Code::kMalformed, "signature-input: created is no number");
  TB_TRY(const std::string_view nonce, take_between(rest, ";nonce=\"", "\""));
  TB_TRY(params.nonce, RequestNonce::parse(nonce));
  TB_TRY(const std::string_view device, take_between(rest, ";keyid=\"", "\""));
  TB_TRY(params.device, DeviceId::parse(device));
  // Strict by construction: any other component list, order, spelling or parameter differs from what we
  // write.
  if (serialize(params) != text) return Error(Code::kMalformed, "signature-input is not of the profile");
  return params;
}

Result<Bytes> parse_signature(std::string_view text) {
  if (text.size() < 2 || text.front() != ':' || text.back() != ':')
    return Error(Code::kMalformed, "signature is no byte sequence");
  return from_base64(text.substr(1, text.size() - 2));
}

Result<std::string> component_value(const HttpRequest& request, std::string_view name) {
  if (name == "@method") return request.method;
  if (name == "@path") return std::string(request.path());
  if (name == "@query") return "?" + std::string(request.query());
  const auto value = request.headers.find(name == "@authority" ? "host" : name);
  if (!value || (name.starts_with('@') && name != "@authority"))
    return Error(Code::kMalformed, "request lacks one " + std::string(name));
  return std::string(*value);
}

bool is_within_skew(std::int64_t created_s, WallMs now) {
  const std::int64_t now_s = now / 1000;
  constexpr std::int64_t skew_s = kRequestSkewMsMax / 1000;
  return created_s >= now_s - skew_s && created_s <= now_s + skew_s;
}

}  // namespace

std::string content_digest(ByteView body) { return "sha-256=:" + to_base64(sha256(body).view()) + ":"; }

Result<std::string> signature_base(const HttpRequest& request, std::span<const std::string_view> components,
                                   std::string_view signature_params) {
  std::string base;
  for (const std::string_view name : components) {
    TB_TRY(const std::string value, component_value(request, name));
    base.append("\"").append(name).append("\": ").append(value).append("\n");
  }
  base.append("\"@signature-params\": ").append(signature_params);
  return base;
}

void sign_request(HttpRequest& request, const RequestSigner& signer, WallMs now, const RequestNonce& nonce) {
  request.headers.set("content-digest", content_digest(request.body));
  request.headers.set(kProtocolHeader, kProtocolHeaderValue);
  const std::string params = serialize({now / 1000, nonce, signer.device()});
  const auto base = signature_base(request, kCovered, params);  // cannot fail: both headers are there
  const Signature signature = signer.sign_raw(as_bytes(*base));
  request.headers.set("signature-input", std::string(kLabel) + params);
  request.headers.set("signature", std::string(kLabel) + ":" + to_base64(signature.view()) + ":");
}

Result<DeviceId> claimed_device(const HttpRequest& request) {
  TB_TRY(const std::string_view text, labelled(request.headers, "signature-input"));
  TB_TRY(const SignatureParams params, parse_params(text));
  return params.device;
}

Result<DeviceId> verify_request(const HttpRequest& request, DeviceKeys& keys, WallMs now,
                                NonceCache& nonces) {
  TB_TRY(const std::string_view params_text, labelled(request.headers, "signature-input"));
  TB_TRY(const SignatureParams params, parse_params(params_text));
  TB_TRY(const std::string_view signature_text, labelled(request.headers, "signature"));
  TB_TRY(const Bytes signature, parse_signature(signature_text));
  TB_TRY(const std::string base, signature_base(request, kCovered, params_text));
  TB_TRY(const VerifyKey key, keys.signing_key(params.device));
  TB_CHECK(verify_raw_signature(key, as_bytes(base), signature));
  if (request.headers.find("content-digest") != content_digest(request.body))
    return Error(Code::kBadSignature, "body differs from its digest");
  if (!is_within_skew(params.created_s, now))
    return Error(Code::kClock, "request was signed more than 300 s off");
  if (!nonces.accept(params.device, params.nonce, params.created_s, now))
    return Error(Code::kReplayed, "nonce was used, or is too old to tell");
  return params.device;
}

bool NonceCache::accept(const DeviceId& device, const RequestNonce& nonce, std::int64_t created_s,
                        WallMs now) {
  while (!seen_.empty() && seen_.begin()->first < now / 1000 - kRequestSkewMsMax / 1000) forget_oldest();
  if (created_s <= forgotten_until_s_) return false;
  const Sha256Digest digest = Sha256("thuisbasis/1/nonce-seen").add(device.view()).add(nonce.view()).finish();
  Key key;
  std::copy_n(digest.view().begin(), Key::kSize, key.mutable_view().begin());
  if (!seen_.emplace(created_s, key).second) return false;
  if (seen_.size() > entries_max_) forget_oldest();
  return true;
}

void NonceCache::forget_oldest() {
  forgotten_until_s_ = seen_.begin()->first;
  seen_.erase(seen_.begin());
}

}  // namespace thuisbasis
