// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/hash.h"

#include <openssl/evp.h>

#include "core/base/assert.h"

namespace thuisbasis {
namespace {

/// Fetched once: looking an algorithm up costs more than hashing a small message.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TB_ASSERT(algorithm != nullptr);
  return algorithm;
}

}  // namespace

Sha256Digest sha256(ByteView bytes) {
  Sha256Digest digest;
  TB_ASSERT(EVP_Digest(bytes.data(), bytes.size(), digest.mutable_view().data(), nullptr, sha256_algorithm(),
                       nullptr) == 1);
  return digest;
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* owned) const { EVP_MD_CTX_free(owned); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};

  /// One that was used before in this thread, where there is one: making it costs more than a small message.
  static std::unique_ptr<State> take() { return spare_ ? std::move(spare_) : std::make_unique<State>(); }
  static void give_back(std::unique_ptr<State> used) { spare_ = std::move(used); }

 private:
  static thread_local std::unique_ptr<State> spare_;
};
thread_local std::unique_ptr<Sha256::State> Sha256::State::spare_;

Sha256::Sha256() : state_(State::take()) {
  TB_ASSERT(state_->context != nullptr);
  TB_ASSERT(EVP_DigestInit_ex2(state_->context.get(), sha256_algorithm(), nullptr) == 1);
}

Sha256::Sha256(std::string_view label) : Sha256() {
  TB_ASSERT(label.find('\0') == std::string_view::npos);
  add(as_bytes(label)).add(std::array<Byte, 1>{0});
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::add(ByteView bytes) {
  TB_ASSERT(state_ != nullptr);
  TB_ASSERT(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

Sha256& Sha256::add_u64(std::uint64_t value) {
  std::array<Byte, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(value >> (56 - 8 * i));
  return add(bytes);
}

Sha256Digest Sha256::finish() {
  TB_ASSERT(state_ != nullptr);
  Sha256Digest digest;
  TB_ASSERT(EVP_DigestFinal_ex(state_->context.get(), digest.mutable_view().data(), nullptr) == 1);
  State::give_back(std::move(state_));
  return digest;
}

}  // namespace thuisbasis
