// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/bytes.h"

namespace thuisbasis {

/// The outside world's randomness. Implementations: platform/entropy, and a seeded one in the tests.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills the whole view with bytes fit for keys; ends the process when the system has none.
  virtual void fill(MutableByteView out) = 0;
};

/// A random id of the wanted type: `random_id<RecordId>(random)`.
template <typename Id>
Id random_id(Random& random) {
  Id id;
  random.fill(id.mutable_view());
  return id;
}

}  // namespace thuisbasis
