// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/hpke_schedule.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>

#include "core/base/assert.h"
#include "core/crypto/hmac.h"

namespace thuisbasis {
namespace {

/// "KEM" and the number of DHKEM(X25519, HKDF-SHA256).
constexpr std::array<Byte, 5> kKemSuite{'K', 'E', 'M', 0x00, 0x20};
constexpr std::string_view kVersion = "HPKE-v1";
constexpr Byte kBaseMode = 0x00;

/// "HPKE" and the numbers of KEM, KDF and AEAD.
std::array<Byte, 10> suite_of(AeadKind aead) {
  return {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, static_cast<Byte>(aead)};
}

void labeled_extract(MutableByteView out, ByteView suite, ByteView salt, std::string_view label,
                     ByteView key) {
  hkdf_extract_into(out, salt, {as_bytes(kVersion), suite, as_bytes(label), key});
}

void labeled_expand(MutableByteView out, ByteView suite, ByteView key, std::string_view label,
                    ByteView info) {
  const std::array<Byte, 2> size{static_cast<Byte>(out.size() >> 8), static_cast<Byte>(out.size())};
  hkdf_expand_into(out, key, {size, as_bytes(kVersion), suite, as_bytes(label), info});
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeKeyContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

bool derive(MutableByteView out, ByteView own_private, ByteView peer_public) {
  const std::unique_ptr<EVP_PKEY, FreeKey> own(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, own_private.data(), own_private.size()));
  const std::unique_ptr<EVP_PKEY, FreeKey> peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer_public.data(), peer_public.size()));
  if (own == nullptr || peer == nullptr) return false;
  const std::unique_ptr<EVP_PKEY_CTX, FreeKeyContext> context(EVP_PKEY_CTX_new(own.get(), nullptr));
  std::size_t size = out.size();
  return context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
         EVP_PKEY_derive(context.get(), out.data(), &size) == 1 && size == out.size();
}

/// Section 4.1, ExtractAndExpand over the two public keys.
void extract_and_expand(MutableByteView shared_secret, ByteView agreed, const AgreementKey& encapsulated,
                        const AgreementKey& recipient) {
  std::array<Byte, 2 * AgreementKey::kSize> both;
  std::copy_n(encapsulated.view().begin(), AgreementKey::kSize, both.begin());
  std::copy_n(recipient.view().begin(), AgreementKey::kSize, both.begin() + AgreementKey::kSize);
  Wiped<kHmacSize> uniform;
  labeled_extract(uniform.mutable_view(), kKemSuite, {}, "eae_prk", agreed);
  labeled_expand(shared_secret, kKemSuite, uniform.view(), "shared_secret", both);
}

}  // namespace

Status x25519(MutableByteView out, const AgreementPrivateKey& own, const AgreementKey& peer) {
  TB_ASSERT(out.size() == kHpkeSecretSize);
  if (derive(out, own.bytes().view(), peer.view())) return {};
  ERR_clear_error();
  wipe(out);
  return Error(Code::kBadKey, "X25519 gives no secret with this public key");
}

AgreementPrivateKey hpke_derive_key_pair(ByteView input_key_material) {
  Wiped<kHmacSize> uniform;
  labeled_extract(uniform.mutable_view(), kKemSuite, {}, "dkp_prk", input_key_material);
  Secret bytes(AgreementKey::kSize);
  labeled_expand(bytes.mutable_view(), kKemSuite, uniform.view(), "sk", {});
  Result<AgreementPrivateKey> key = AgreementPrivateKey::from_bytes(std::move(bytes));
  TB_ASSERT(key.has_value());
  return std::move(*key);
}

Status hpke_encapsulate(MutableByteView shared_secret, const AgreementPrivateKey& ephemeral,
                        const AgreementKey& recipient) {
  Wiped<kHpkeSecretSize> agreed;
  TB_CHECK(x25519(agreed.mutable_view(), ephemeral, recipient));
  extract_and_expand(shared_secret, agreed.view(), ephemeral.public_key(), recipient);
  return {};
}

Status hpke_decapsulate(MutableByteView shared_secret, const AgreementKey& encapsulated,
                        const AgreementPrivateKey& recipient) {
  Wiped<kHpkeSecretSize> agreed;
  TB_CHECK(x25519(agreed.mutable_view(), recipient, encapsulated));
  extract_and_expand(shared_secret, agreed.view(), encapsulated, recipient.public_key());
  return {};
}

HpkeSchedule::HpkeSchedule(AeadKind aead, ByteView shared_secret, ByteView info) : aead_(aead) {
  const std::array<Byte, 10> suite = suite_of(aead);
  std::array<Byte, 1 + 2 * kHmacSize> context{kBaseMode};
  const MutableByteView hashes = MutableByteView(context).subspan(1);
  labeled_extract(hashes.first(kHmacSize), suite, {}, "psk_id_hash", {});
  labeled_extract(hashes.last(kHmacSize), suite, {}, "info_hash", info);
  Wiped<kHmacSize> secret;
  labeled_extract(secret.mutable_view(), suite, shared_secret, "secret", {});
  labeled_expand(key_.mutable_view().first(aead_key_size(aead)), suite, secret.view(), "key", context);
  labeled_expand(base_nonce_.mutable_view(), suite, secret.view(), "base_nonce", context);
  labeled_expand(exporter_secret_.mutable_view(), suite, secret.view(), "exp", context);
}

std::array<Byte, kAeadNonceSize> HpkeSchedule::nonce(std::uint64_t sequence) const {
  std::array<Byte, kAeadNonceSize> nonce;
  std::copy_n(base_nonce_.view().begin(), kAeadNonceSize, nonce.begin());
  for (std::size_t i = 0; i < 8; ++i) nonce[kAeadNonceSize - 1 - i] ^= static_cast<Byte>(sequence >> (8 * i));
  return nonce;
}

}  // namespace thuisbasis
