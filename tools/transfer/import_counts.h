// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <set>
#include <string>

namespace thuisbasis {

/// What an import did so far.
struct ImportCounts {
  std::uint64_t lines = 0;
  std::uint64_t written = 0;
  std::uint64_t known = 0;         ///< lines that were imported before
  std::set<std::string> homeless;  ///< "note.mood": fields kept as unknown fields; at most kHomelessMax
};
inline constexpr std::size_t kHomelessMax = 1000;

}  // namespace thuisbasis
