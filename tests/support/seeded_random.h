// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <random>

#include "core/base/random.h"

namespace thuisbasis::testing_support {

/// Randomness that repeats: the same seed gives the same bytes on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableByteView out) override {
    for (Byte& byte : out) byte = static_cast<Byte>(engine_() >> 24);
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

/// A source that got stuck: always the same byte.
class StuckRandom final : public Random {
 public:
  void fill(MutableByteView out) override { std::fill(out.begin(), out.end(), Byte{0x5a}); }
};

}  // namespace thuisbasis::testing_support
