// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cmath>
#include <cstdint>
#include <random>

#include "core/base/assert.h"

namespace thuisbasis::sim {

/// One actor's randomness: the same seed gives the same throws on every machine (the distributions of the
/// standard library do not promise that).
class Dice final {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t bound) {
    TB_ASSERT(bound != 0);
    return engine_() % bound;
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }
  /// As likely between 1 and 10 as between 10 and 100.
  double log_uniform(double low, double high) { return low * std::exp(unit() * std::log(high / low)); }
  /// Times between events that come by themselves, on average `mean` apart.
  std::int64_t exponential(double mean) { return static_cast<std::int64_t>(-mean * std::log1p(-unit())); }
  /// A seed for another actor.
  std::uint64_t seed() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace thuisbasis::sim
