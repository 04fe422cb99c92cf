// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstddef>

namespace thuisbasis {

// What one line of an import may be. A line beyond any of these is refused, and nothing of it is kept.
inline constexpr std::size_t kLineBytesMax = std::size_t{4} << 20;
inline constexpr std::size_t kLineNestingMax = 16;      ///< objects and lists in one another
inline constexpr std::size_t kLineValuesMax = 100'000;  ///< members and elements of the whole line
/// Members of a caseload line's "v". Each may become a field of its own that every device keeps.
inline constexpr std::size_t kLineFieldsMax = 256;

}  // namespace thuisbasis
