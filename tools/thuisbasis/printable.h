// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <string_view>

namespace thuisbasis {

/// What others wrote, as it may go to a terminal: control characters (but line ends and tabs) and the marks
/// that turn the direction of text around become U+FFFD, so that a name can neither steer the screen nor show
/// itself as another (Unicode TR 36, 3.1).
std::string printable(std::string_view text);

}  // namespace thuisbasis
