// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>

namespace thuisbasis {

/// Faults that other engines had and lost data with, each known by the line that would cause it here. They
/// exist in one test build (CMake option TB_PLANTED_BUGS), where the environment variable TB_PLANTED_BUG
/// turns on one of them, to see whether the tests find it; in every other build the compiler drops them.
enum class PlantedBug : std::uint8_t {
#define TB_BUG(name, text, what) name,
#include "core/base/planted_bug.def"
#undef TB_BUG
};

#ifdef TB_PLANTED_BUGS
bool is_planted(PlantedBug bug);
#else
constexpr bool is_planted(PlantedBug) { return false; }
#endif

}  // namespace thuisbasis
