// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/crash/failure_loop.h"

namespace thuisbasis::crash {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Drawn once a process and printed; TB_CRASH_SEED=n repeats it.
inline std::uint64_t fresh_seed() {
  static const std::uint64_t seed =
      number_from_environment("TB_CRASH_SEED", std::random_device{}() % 1'000'000'000);
  std::cout << "TB_CRASH_SEED=" << seed << std::endl;
  return seed;
}

/// About `runs` of the points, evenly spread, the first one by the seed. TB_CRASH_POINTS=all covers them all,
/// as thuisbasis-crash does.
inline Share fresh_share(std::uint64_t points, std::uint64_t runs) {
  if (std::getenv("TB_CRASH_POINTS") != nullptr) return {};
  const std::uint64_t every = (points + runs - 1) / runs;
  return {every, fresh_seed() % every};
}

/// How many points a share is.
inline std::uint64_t size_of(const Share& share, std::uint64_t points) {
  return points <= share.from ? 0 : (points - share.from - 1) / share.every + 1;
}

}  // namespace thuisbasis::crash
