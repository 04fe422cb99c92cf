// SPDX-License-Identifier: EUPL-1.2
#include "platform/receipt_signer/receipt_key.h"

#include <sodium.h>

#include "core/base/assert.h"
#include "core/verify/sodium.h"
#include "platform/files/files.h"

namespace thuisbasis {

/// The expanded private key in memory that is locked, guarded and wiped when freed.
struct ReceiptKey::Locked {
  Locked() : bytes(static_cast<Byte*>(sodium_malloc(crypto_sign_SECRETKEYBYTES))) {
    TB_ASSERT(bytes != nullptr);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { sodium_free(bytes); }
  Byte* const bytes;
};

ReceiptKey::ReceiptKey(std::unique_ptr<Locked> secret, VerifyKey public_key)
    : secret_(std::move(secret)), public_key_(public_key) {}
ReceiptKey::ReceiptKey(ReceiptKey&&) noexcept = default;
ReceiptKey& ReceiptKey::operator=(ReceiptKey&&) noexcept = default;
ReceiptKey::~ReceiptKey() = default;

Result<ReceiptKey> ReceiptKey::from_seed(MutableByteView seed) {
  ensure_sodium();
  auto secret = std::make_unique<Locked>();
  std::array<Byte, crypto_sign_PUBLICKEYBYTES> point{};
  crypto_sign_seed_keypair(point.data(), secret->bytes, seed.data());
  sodium_memzero(seed.data(), seed.size());
  TB_TRY(const VerifyKey public_key, VerifyKey::parse(point));
  return ReceiptKey(std::move(secret), public_key);
}

Result<ReceiptKey> ReceiptKey::create(const std::string& path, Random& random) {
  Bytes seed(crypto_sign_SEEDBYTES);
  random.fill(seed);
  const Status written = write_new_file(path, seed);
  auto key = from_seed(seed);
  if (!written) return written.error();
  return key;
}

Result<ReceiptKey> ReceiptKey::open(const std::string& path) {
  TB_CHECK(check_private(path));
  TB_TRY(Bytes seed, read_file(path, 4096));
  if (seed.size() != crypto_sign_SEEDBYTES) {
    sodium_memzero(seed.data(), seed.size());
    return Error(Code::kDamaged, path + " is no receipt key: restore it from the backup");
  }
  return from_seed(seed);
}

Signature ReceiptKey::sign(std::string_view label, ByteView message) const {
  const Bytes bytes = signed_bytes(label, message);
  Signature signature;
  crypto_sign_detached(signature.mutable_view().data(), nullptr, bytes.data(), bytes.size(), secret_->bytes);
  return signature;
}

}  // namespace thuisbasis
