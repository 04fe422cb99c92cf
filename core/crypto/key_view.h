// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/crypto/wiped.h"

namespace thuisbasis {

/// A key that is read and not kept: of a Secret, or of a Wiped that lives for one computation. A type of its
/// own, so that no key is taken for a message.
class KeyView final {
 public:
  KeyView(const Secret& key) : bytes_(key.view()) {}  // NOLINT(google-explicit-constructor): both are keys
  template <std::size_t N>
  KeyView(const Wiped<N>& key) : bytes_(key.view()) {}  // NOLINT(google-explicit-constructor)

  ByteView view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  ByteView bytes_;
};

}  // namespace thuisbasis
