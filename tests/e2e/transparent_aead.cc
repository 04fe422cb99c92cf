// SPDX-License-Identifier: EUPL-1.2
// The control build's stand-in for core/crypto/aead.cc: "seals" by copying and adds an empty tag. It is
// linked into canary_control_test alone, where it comes before the library and so takes its place.
#include <cstring>

#include "core/crypto/aead.h"

namespace thuisbasis {

struct Xaes::Contexts {};
Xaes::Xaes(KeyView) {}
Xaes::~Xaes() = default;
Xaes::Xaes(Xaes&&) noexcept = default;
Xaes& Xaes::operator=(Xaes&&) noexcept = default;

Status Xaes::seal_into(MutableByteView out, const XaesNonce&, ByteView plaintext, ByteView) {
  std::memmove(out.data(), plaintext.data(), plaintext.size());
  std::memset(out.data() + plaintext.size(), 0, kAeadTagSize);
  return {};
}

Status Xaes::open_into(MutableByteView out, const XaesNonce&, ByteView sealed, ByteView) {
  if (sealed.size() < kAeadTagSize) return Error(Code::kDecryptFailed, "too short");
  std::memmove(out.data(), sealed.data(), sealed.size() - kAeadTagSize);
  return {};
}

Result<Bytes> Xaes::seal(const XaesNonce& nonce, ByteView plaintext, ByteView associated_data) {
  Bytes out(plaintext.size() + kAeadTagSize);
  TB_CHECK(seal_into(out, nonce, plaintext, associated_data));
  return out;
}

Result<Bytes> Xaes::open(const XaesNonce& nonce, ByteView sealed, ByteView associated_data) {
  if (sealed.size() < kAeadTagSize) return Error(Code::kDecryptFailed, "too short");
  Bytes out(sealed.size() - kAeadTagSize);
  TB_CHECK(open_into(out, nonce, sealed, associated_data));
  return out;
}

XaesNonce hedged_nonce(KeyView, Random& random, std::uint64_t, ByteView) {
  XaesNonce nonce;
  random.fill(nonce.mutable_view());
  return nonce;
}

}  // namespace thuisbasis
