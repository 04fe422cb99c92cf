// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/ids.h"

namespace thuisbasis {

using Signature = FixedBytes<struct SignatureTag, 64>;

/// An Ed25519 public key (RFC 8032) that decodes canonically and has prime order: OpenSSL 3.0 accepts forged
/// signatures under the eight small-order points, so no key enters the program except through parse().
class VerifyKey final {
 public:
  static constexpr std::size_t kSize = 32;
  /// kBadKey for a wrong length, a non-canonical encoding, or a point with a small-order part (such a key
  /// could make one implementation accept a signature that another refuses). Costs about as much as checking
  /// a signature.
  static Result<VerifyKey> parse(ByteView bytes);

  ByteView view() const { return bytes_.view(); }
  friend auto operator<=>(const VerifyKey&, const VerifyKey&) = default;

 private:
  FixedBytes<struct VerifyKeyTag, 32> bytes_;
};

/// An X25519 public key (RFC 7748) as bytes; low-order points are refused where a secret would be derived
/// and, with the same list, here.
class AgreementKey final {
 public:
  static constexpr std::size_t kSize = 32;
  /// kBadKey for a wrong length or a low-order point.
  static Result<AgreementKey> parse(ByteView bytes);

  ByteView view() const { return bytes_.view(); }
  friend auto operator<=>(const AgreementKey&, const AgreementKey&) = default;

 private:
  FixedBytes<struct AgreementKeyTag, 32> bytes_;
};

/// What a signature covers: label | 0x00 | message. The label holds no zero byte, so the split is
/// unambiguous.
Bytes signed_bytes(std::string_view label, ByteView message);

/// Checks an Ed25519 signature over label | 0x00 | message. The label names what is signed
/// ("thuisbasis/1/bundle"), so that a signature over one thing never serves as one over another.
/// Strict: canonical S and R, exactly 64 bytes. kBadSignature otherwise. Any thread.
Status verify_signature(const VerifyKey& key, std::string_view label, ByteView message, ByteView signature);
/// The same over the bare message. Only for formats that bring their own separation, such as the signature
/// base of HTTP requests (RFC 9421, 3.3.6).
Status verify_raw_signature(const VerifyKey& key, ByteView message, ByteView signature);

}  // namespace thuisbasis
