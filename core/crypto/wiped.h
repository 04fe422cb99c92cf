// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>
#include <concepts>

#include "core/base/assert.h"
#include "core/crypto/secret.h"

namespace thuisbasis {

/// A short-lived secret on the stack, wiped when it goes: for values inside one computation, where guarded
/// memory (several system calls) would cost more than the computation. What lives longer is a Secret.
template <std::size_t N>
class Wiped final {
 public:
  Wiped() = default;
  /// Copies the bytes in: exactly N of them.
  explicit Wiped(ByteView bytes) {
    TB_ASSERT(bytes.size() == N);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  /// Filled where it will live, so that a function can return one: it is never copied or moved.
  template <std::invocable<MutableByteView> Fill>
  explicit Wiped(Fill fill) {
    fill(mutable_view());
  }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe(bytes_); }

  ByteView view() const { return bytes_; }
  MutableByteView mutable_view() { return bytes_; }
  Byte& operator[](std::size_t index) { return bytes_[index]; }

 private:
  std::array<Byte, N> bytes_{};
};

}  // namespace thuisbasis
