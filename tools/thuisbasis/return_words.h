// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/status.h"
#include "tools/thuisbasis/texts.h"

namespace thuisbasis {

/// Why a write came back, for programs and for people.
struct ReturnWords {
  const char* code;  ///< in --json; never changed
  Text sentence;     ///< {0}: the reason's number
};
ReturnWords words_of(std::optional<ReturnReason> reason);

}  // namespace thuisbasis
