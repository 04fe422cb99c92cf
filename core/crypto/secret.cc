// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/secret.h"

#include <sodium.h>

#include <algorithm>
#include <new>

#include "core/verify/sodium.h"

namespace thuisbasis {
namespace {

Byte* allocate_guarded(std::size_t size) {
  if (size == 0) return nullptr;
  ensure_sodium();
  void* const bytes = sodium_malloc(size);
  if (bytes == nullptr) throw std::bad_alloc();
  sodium_memzero(bytes, size);
  return static_cast<Byte*>(bytes);
}

}  // namespace

Secret::Secret(std::size_t size) : bytes_(allocate_guarded(size)), size_(size) {}

Secret Secret::copy_of(ByteView bytes) {
  Secret secret(bytes.size());
  std::copy(bytes.begin(), bytes.end(), secret.mutable_view().begin());
  return secret;
}

void Secret::Free::operator()(Byte* bytes) const { sodium_free(bytes); }

void wipe(MutableByteView bytes) { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace thuisbasis
