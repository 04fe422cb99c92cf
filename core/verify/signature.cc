// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/signature.h"

#include <sodium.h>

#include "core/base/assert.h"
#include "core/verify/sodium.h"

namespace thuisbasis {
namespace {

/// The u coordinates that X25519 maps to zero whatever the scalar (little-endian, top bit ignored): 0, 1, the
/// two points of order 8, p - 1, p and p + 1. The other non-canonical encodings stand for points of large
/// order.
constexpr std::array<std::array<Byte, 32>, 7> kLowOrderPoints{{
    {0x00},
    {0x01},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

bool is_low_order(ByteView point) {
  std::array<Byte, 32> masked{};
  std::copy(point.begin(), point.end(), masked.begin());
  masked[31] &= 0x7f;
  return std::find(kLowOrderPoints.begin(), kLowOrderPoints.end(), masked) != kLowOrderPoints.end();
}

/// The last points that passed: the same few keys come with every request, and the check costs as much as a
/// signature's. One per thread, so that it needs no lock.
class PassedPoints final {
 public:
  bool contains(ByteView point) const {
    return std::any_of(points_.begin(), points_.begin() + count_, [&](const auto& passed) {
      return std::equal(passed.begin(), passed.end(), point.begin(), point.end());
    });
  }
  void add(ByteView point) {
    std::copy(point.begin(), point.end(), points_[next_].begin());
    next_ = (next_ + 1) % points_.size();
    count_ = std::max(count_, next_ == 0 ? points_.size() : next_);
  }

 private:
  std::array<std::array<Byte, VerifyKey::kSize>, 16> points_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

bool is_prime_order_point(ByteView point) {
  static thread_local PassedPoints passed;
  if (passed.contains(point)) return true;
  if (crypto_core_ed25519_is_valid_point(point.data()) != 1) return false;
  passed.add(point);
  return true;
}

}  // namespace

Result<VerifyKey> VerifyKey::parse(ByteView bytes) {
  if (bytes.size() != kSize)
    return Error(Code::kBadKey, "an Ed25519 key has 32 bytes, this one " + std::to_string(bytes.size()));
  ensure_sodium();
  if (!is_prime_order_point(bytes))
    return Error(Code::kBadKey, "not the canonical encoding of an Ed25519 point of prime order");
  VerifyKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.mutable_view().begin());
  return key;
}

Result<AgreementKey> AgreementKey::parse(ByteView bytes) {
  if (bytes.size() != kSize)
    return Error(Code::kBadKey, "an X25519 key has 32 bytes, this one " + std::to_string(bytes.size()));
  if (is_low_order(bytes)) return Error(Code::kBadKey, "an X25519 point of low order");
  AgreementKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.mutable_view().begin());
  return key;
}

Bytes signed_bytes(std::string_view label, ByteView message) {
  TB_ASSERT(!label.empty() && label.find('\0') == std::string_view::npos);
  Bytes bytes;
  bytes.reserve(label.size() + 1 + message.size());
  append(bytes, as_bytes(label));
  bytes.push_back(0);
  append(bytes, message);
  return bytes;
}

Status verify_raw_signature(const VerifyKey& key, ByteView message, ByteView signature) {
  if (signature.size() != Signature::kSize)
    return Error(Code::kBadSignature,
                 "a signature has 64 bytes, this one " + std::to_string(signature.size()));
  ensure_sodium();
  if (crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.view().data()) != 0)
    return Error(Code::kBadSignature, "not of this key over these bytes");
  return {};
}

Status verify_signature(const VerifyKey& key, std::string_view label, ByteView message, ByteView signature) {
  Status status = verify_raw_signature(key, signed_bytes(label, message), signature);
  if (!status) return std::move(status.error()).within(label);
  return status;
}

}  // namespace thuisbasis
