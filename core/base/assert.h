// SPDX-License-Identifier: EUPL-1.2
#pragma once

namespace thuisbasis {
/// Prints what was expected and ends the process. For our own mistakes only, never for foreign bytes.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace thuisbasis

#define TB_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::thuisbasis::assertion_failed(#expression, __FILE__, __LINE__))
