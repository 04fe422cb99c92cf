// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <set>
#include <span>
#include <string>

#include "core/base/clock.h"
#include "core/verify/signature.h"
#include "sync/wire/http_message.h"

// Signed requests: HTTP Message Signatures (RFC 9421) with one fixed profile, and Content-Digest (RFC 9530).
//
//   Content-Digest: sha-256=:<base64>:
//   Signature-Input: tb=("@method" "@path" "@query" "content-digest"
//   "tb-protocol");created=<s>;nonce="<b64url>";
//                    keyid="<device id>";alg="ed25519"          (one line)
//   Signature: tb=:<base64>:
//
// @authority is left out on purpose: a front proxy may rename the host, and pushes are idempotent anywhere.

namespace thuisbasis {

inline constexpr std::int64_t kRequestSkewMsMax = 300'000;
using RequestNonce = FixedBytes<struct RequestNonceTag, 16>;

/// The device's signing key as requests need it. The relay links this room and holds no private keys, so this
/// is a port: the client implements it over core/crypto. Must be callable from the thread that signs.
class RequestSigner {
 public:
  virtual ~RequestSigner() = default;
  virtual DeviceId device() const = 0;
  /// A plain Ed25519 signature over `message`, without any label (RFC 9421, 3.3.6).
  virtual Signature sign_raw(ByteView message) const = 0;
};

/// Where a verifier finds the public key of a device.
class DeviceKeys {
 public:
  virtual ~DeviceKeys() = default;
  virtual Result<VerifyKey> signing_key(const DeviceId& device) = 0;  ///< kUnknownDevice when it has none
};

/// Adds Content-Digest, TB-Protocol, Signature-Input and Signature; replaces those that were there.
/// `now` should already be corrected to the relay's clock.
void sign_request(HttpRequest& request, const RequestSigner& signer, WallMs now, const RequestNonce& nonce);

/// Remembers the nonces of accepted requests as long as their `created` is acceptable, at most `entries_max`.
/// Beyond that the oldest are forgotten and everything signed before them counts as replayed: a client then
/// signs anew. Driven by the caller's time. One thread, or under the caller's lock.
class NonceCache final {
 public:
  static constexpr std::size_t kEntriesMaxDefault = 262'144;
  explicit NonceCache(std::size_t entries_max = kEntriesMaxDefault) : entries_max_(entries_max) {}

  /// True the first time; false for a repetition or for what is too old to tell.
  bool accept(const DeviceId& device, const RequestNonce& nonce, std::int64_t created_s, WallMs now);
  std::size_t size() const { return seen_.size(); }

 private:
  using Key = FixedBytes<struct NonceKeyTag, 16>;
  void forget_oldest();
  std::size_t entries_max_;
  std::set<std::pair<std::int64_t, Key>> seen_;  // by creation time
  std::int64_t forgotten_until_s_ = INT64_MIN;
};

/// Checks everything and tells who sent the request: kMalformed (headers), kUnknownDevice, kBadSignature
/// (also for a body that is not the digest's), kClock (more than 300 s off), kReplayed, or what `keys`
/// reports.
Result<DeviceId> verify_request(const HttpRequest& request, DeviceKeys& keys, WallMs now, NonceCache& nonces);

/// The device that a request claims to come from, unchecked: for quotas before the work of verifying.
Result<DeviceId> claimed_device(const HttpRequest& request);

/// RFC 9421, 2.5: the signature base for components in the given order and the parameters as serialized after
/// the label. kMalformed for a component the request lacks. Derived components: @method, @path, @query,
/// @authority.
Result<std::string> signature_base(const HttpRequest& request, std::span<const std::string_view> components,
                                   std::string_view signature_params);

/// "sha-256=:...:" (RFC 9530).
std::string content_digest(ByteView body);

}  // namespace thuisbasis
