// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace thuisbasis {

/// The "op" of a line, which tells its format. kMalformed for what is no JSON object with one, kTooLarge
/// beyond line_limits.h.
Result<std::string> line_op(std::string_view line);

}  // namespace thuisbasis
