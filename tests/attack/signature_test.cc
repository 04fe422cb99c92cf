// SPDX-License-Identifier: EUPL-1.2
// Row C9 of the checklist: signatures with more than one form.
#include <sodium.h>

#include "tests/attack/bundle_attack.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_C = BundleAttack;

using Scalar = std::array<Byte, 32>;

/// The order of the group: an S that is greater by it satisfies the same equation.
constexpr Scalar kOrder{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

Bytes with_order_added(ByteView signature) {
  Bytes sum = to_bytes(signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    carry += static_cast<unsigned>(sum[32 + i]) + kOrder[i];
    sum[32 + i] = static_cast<Byte>(carry);
    carry >>= 8;
  }
  EXPECT_EQ(carry, 0U);
  return sum;
}

/// A signature over the same with another R, of whose logarithm `nonce` is: as a signer can make at will.
Bytes signature_with(const SigningKey& key, std::string_view as, ByteView message, ByteView r,
                     const Scalar& nonce) {
  std::array<Byte, 64> expanded{};
  crypto_hash_sha512(expanded.data(), key.seed().view().data(), key.seed().view().size());
  expanded[0] &= 248;
  expanded[31] &= 127;
  expanded[31] |= 64;
  std::array<Byte, 64> wide{};
  std::copy(expanded.begin(), expanded.begin() + 32, wide.begin());
  Scalar secret;
  crypto_core_ed25519_scalar_reduce(secret.data(), wide.data());
  Bytes hashed = to_bytes(r);
  append(hashed, key.public_key().view());
  append(hashed, signed_bytes(as, message));
  crypto_hash_sha512(wide.data(), hashed.data(), hashed.size());
  Scalar h;
  crypto_core_ed25519_scalar_reduce(h.data(), wide.data());
  Scalar s;
  crypto_core_ed25519_scalar_mul(s.data(), h.data(), secret.data());
  crypto_core_ed25519_scalar_add(s.data(), s.data(), nonce.data());
  Bytes signature = to_bytes(r);
  append(signature, s);
  return signature;
}

/// Another signature by the same signer over the same, as good as the first.
Bytes second_signature(const SigningKey& key, std::string_view as, ByteView message) {
  const Scalar nonce{5};
  Scalar r;
  EXPECT_EQ(crypto_scalarmult_ed25519_base_noclamp(r.data(), nonce.data()), 0);
  return signature_with(key, as, message, r, nonce);
}

Bytes with_signature(const Bytes& bundle, ByteView signature) {
  Bytes other(bundle.begin(), bundle.end() - Signature::kSize);
  append(other, signature);
  return other;
}

Bytes entry_with_signature(ByteView entry, ByteView signature) {
  membership::SignedEntry envelope;
  EXPECT_TRUE(envelope.ParseFromArray(entry.data(), static_cast<int>(entry.size())));
  envelope.set_signature(field_of(signature));
  return encode_message(envelope);
}

Bytes signature_in(ByteView entry) {
  membership::SignedEntry envelope;
  EXPECT_TRUE(envelope.ParseFromArray(entry.data(), static_cast<int>(entry.size())));
  return to_bytes(as_bytes(envelope.signature()));
}

/// C9: a signature that anybody can make of a right one, and of other lengths.
TEST_F(attack_C, C9_AMalleatedSignatureIsRefused) {
  const Bytes bundle = sealed();
  const Bytes signature = to_bytes(parse_bundle(bundle)->signature);
  const Bytes greater = with_order_added(signature);
  EXPECT_EQ(pushed_bundle(with_signature(bundle, greater)), RefusalReason::kBadSignature);
  expect_dead(with_signature(bundle, greater));
  const Bytes entry = rotation().signed_entry;
  EXPECT_EQ(pushed(entry_with_signature(entry, with_order_added(signature_in(entry)))),
            RefusalReason::kBadSignature);
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 32, 63, 65, 128}) {
    Bytes resized = signature;
    resized.resize(size);
    EXPECT_NE(pushed_bundle(with_signature(bundle, resized)), RefusalReason::kUnspecified) << size;
    expect_dead(with_signature(bundle, resized));
    resized = signature_in(entry);
    resized.resize(size);
    EXPECT_EQ(pushed(entry_with_signature(entry, resized)), RefusalReason::kBadSignature) << size;
  }
  expect_alive(bundle);
}

/// R as a point of small order, in its canonical form and another: a lax verifier takes these.
TEST_F(attack_C, C9_ASignatureWithAnROfSmallOrderIsRefused) {
  const Bytes bundle = sealed();
  const SealedBundle parts = *parse_bundle(bundle);
  const Bytes message = bundle_signature_message(parts.header_bytes, parts.ciphertext);
  ASSERT_TRUE(open(with_signature(bundle, second_signature(insider.signing(), label::kBundle, message))))
      << "the control: made as these are, but for R";
  for (const char* identity : {"0100000000000000000000000000000000000000000000000000000000000000",
                               "0100000000000000000000000000000000000000000000000000000000000080",
                               "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const Bytes forged_signature =
        signature_with(insider.signing(), label::kBundle, message, *from_hex(identity), {});
    EXPECT_EQ(pushed_bundle(with_signature(bundle, forged_signature)), RefusalReason::kBadSignature);
    expect_dead(with_signature(bundle, forged_signature));
  }
}

/// A second signature of the signer's own makes no second thing: nothing is named by its signature.
TEST_F(attack_C, C9_NothingIsNamedByItsSignature) {
  const NewEntry rotated = rotation();
  ASSERT_EQ(pushed(rotated.signed_entry, rotated.archive_wrap), RefusalReason::kUnspecified);
  membership::SignedEntry envelope;
  envelope.ParseFromArray(rotated.signed_entry.data(), static_cast<int>(rotated.signed_entry.size()));
  const Bytes again = entry_with_signature(
      rotated.signed_entry,
      second_signature(insider.signing(), label::kMembership, as_bytes(envelope.entry())));
  ASSERT_NE(again, rotated.signed_entry);
  EXPECT_EQ(parse_entry_place(again)->hash, parse_entry_place(rotated.signed_entry)->hash);
  const std::uint64_t head = head_at_relay();
  EXPECT_EQ(pushed(again, rotated.archive_wrap), RefusalReason::kUnspecified);
  EXPECT_EQ(head_at_relay(), head);
  insider.read(storage, circle);
  sync(tablet);
  sync_and_put_in_entry(tablet, again);
  EXPECT_EQ(tablet.vault.circle(circle)->epoch, 2U);

  const Bytes bundle = sealed();
  const SealedBundle parts = *parse_bundle(bundle);
  const Bytes other = with_signature(
      bundle, second_signature(insider.signing(), label::kBundle,
                               bundle_signature_message(parts.header_bytes, parts.ciphertext)));
  ASSERT_EQ(pushed_bundle(bundle), RefusalReason::kUnspecified);
  EXPECT_EQ(pushed_bundle(other), RefusalReason::kUnspecified);
  EXPECT_EQ(head_at_relay(), head + 1);
  sync(tablet);
  sync_and_put_in(tablet, other);
  EXPECT_TRUE(shows(tablet, id));
  expect_peace();
  EXPECT_FALSE(alarms_of(tablet).contains(Alarm::kFrontierDiffers));
}

}  // namespace
}  // namespace thuisbasis::attack
