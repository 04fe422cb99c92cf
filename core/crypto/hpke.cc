// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/hpke.h"

#include <openssl/evp.h>

#include "core/base/assert.h"
#include "core/crypto/hpke_schedule.h"

namespace thuisbasis {
namespace {

constexpr AeadKind kSuiteAead = AeadKind::kAes256Gcm;
constexpr std::size_t kSeedSizeMin = 32;

AgreementKey public_key_of(const Secret& bytes) {
  EVP_PKEY* const key =
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes.view().data(), bytes.size());
  TB_ASSERT(key != nullptr);
  std::array<Byte, AgreementKey::kSize> public_bytes{};
  std::size_t size = public_bytes.size();
  TB_ASSERT(EVP_PKEY_get_raw_public_key(key, public_bytes.data(), &size) == 1 && size == public_bytes.size());
  EVP_PKEY_free(key);
  const Result<AgreementKey> public_key = AgreementKey::parse(public_bytes);
  TB_ASSERT(public_key.has_value());  // a clamped scalar times the base point never has low order
  return *public_key;
}

Result<HpkeSealed> seal_with(const AgreementPrivateKey& ephemeral, const AgreementKey& recipient,
                             ByteView info, ByteView associated_data, const Secret& plaintext) {
  Wiped<kHpkeSecretSize> shared_secret;
  TB_CHECK(hpke_encapsulate(shared_secret.mutable_view(), ephemeral, recipient));
  const HpkeSchedule schedule(kSuiteAead, shared_secret.view(), info);
  HpkeSealed sealed{to_bytes(ephemeral.public_key().view()), Bytes(plaintext.size() + kAeadTagSize)};
  TB_CHECK(
      AeadCipher(kSuiteAead)
          .seal(sealed.ciphertext, schedule.key(), schedule.nonce(0), plaintext.view(), associated_data));
  return sealed;
}

Error refused(std::string_view why) { return Error(Code::kDecryptFailed, "HPKE: " + std::string(why)); }

}  // namespace

AgreementPrivateKey::AgreementPrivateKey(Secret bytes, AgreementKey public_key)
    : bytes_(std::move(bytes)), public_key_(public_key) {}

AgreementPrivateKey AgreementPrivateKey::generate(Random& random) {
  Secret bytes(AgreementKey::kSize);
  random.fill(bytes.mutable_view());
  const AgreementKey public_key = public_key_of(bytes);
  return AgreementPrivateKey(std::move(bytes), public_key);
}

Result<AgreementPrivateKey> AgreementPrivateKey::from_bytes(Secret bytes) {
  if (bytes.size() != AgreementKey::kSize)
    return Error(Code::kBadKey,
                 "an X25519 private key has 32 bytes, this one " + std::to_string(bytes.size()));
  const AgreementKey public_key = public_key_of(bytes);
  return AgreementPrivateKey(std::move(bytes), public_key);
}

Result<HpkeSealed> hpke_seal(Random& random, const AgreementKey& recipient, ByteView info,
                             ByteView associated_data, const Secret& plaintext) {
  return seal_with(AgreementPrivateKey::generate(random), recipient, info, associated_data, plaintext);
}

Result<HpkeSealed> hpke_seal_derived(KeyView ephemeral_seed, const AgreementKey& recipient, ByteView info,
                                     ByteView associated_data, const Secret& plaintext) {
  if (ephemeral_seed.size() < kSeedSizeMin)
    return Error(Code::kInvalidArgument, "the seed of an ephemeral key has at least 32 bytes");
  return seal_with(hpke_derive_key_pair(ephemeral_seed.view()), recipient, info, associated_data, plaintext);
}

Result<Secret> hpke_open(const AgreementPrivateKey& recipient, ByteView info, ByteView associated_data,
                         const HpkeSealed& sealed) {
  const Result<AgreementKey> encapsulated = AgreementKey::parse(sealed.enc);
  if (!encapsulated) return refused(encapsulated.error().context());
  if (sealed.ciphertext.size() < kAeadTagSize) return refused("shorter than a tag");
  Wiped<kHpkeSecretSize> shared_secret;
  if (!hpke_decapsulate(shared_secret.mutable_view(), *encapsulated, recipient))
    return refused("no shared secret");
  const HpkeSchedule schedule(kSuiteAead, shared_secret.view(), info);
  Secret plaintext(sealed.ciphertext.size() - kAeadTagSize);
  TB_CHECK(AeadCipher(kSuiteAead)
               .open(plaintext.mutable_view(), schedule.key(), schedule.nonce(0), sealed.ciphertext,
                     associated_data));
  return plaintext;
}

}  // namespace thuisbasis
