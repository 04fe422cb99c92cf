// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/base/ids.h"

namespace thuisbasis {

/// SHA-256 (FIPS 180-4) of some bytes. Any thread.
Sha256Digest sha256(ByteView bytes);

/// SHA-256 over bytes that come in pieces. Also the home of domain separation: hashes of the protocol start
/// with a label such as "thuisbasis/1/bundle" and a zero byte, so that no hash can be offered as another. One
/// thread.
class Sha256 final {
 public:
  Sha256();
  /// A hash of its own kind: the label and a zero byte go in first.
  explicit Sha256(std::string_view label);
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& add(ByteView bytes);
  Sha256& add_u64(std::uint64_t value);  ///< eight bytes, big-endian
  /// The digest; the object may not be used afterwards.
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thuisbasis
