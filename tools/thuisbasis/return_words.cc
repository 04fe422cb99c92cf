// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/return_words.h"

namespace thuisbasis {

ReturnWords words_of(std::optional<ReturnReason> reason) {
  constexpr ReturnWords kOther{"other", Text::kReturnedOther};
  if (!reason) return kOther;
  switch (*reason) {
    case ReturnReason::kMalformed:
      return {"malformed", Text::kReturnedUnreadable};
    case ReturnReason::kBadSignature:
      return {"bad_signature", Text::kReturnedSignature};
    case ReturnReason::kNotMember:
      return {"not_member", Text::kReturnedNotMember};
    case ReturnReason::kStaleEpoch:
      return {"stale_epoch", Text::kReturnedOldKey};
    case ReturnReason::kStaleLog:
      return {"stale_log", Text::kReturnedOutdated};
    case ReturnReason::kNumberGap:
      return {"number_gap", Text::kReturnedGap};
    case ReturnReason::kFork:
      return {"fork", Text::kReturnedFork};
    case ReturnReason::kClock:
      return {"clock", Text::kReturnedClock};
    case ReturnReason::kQuota:
      return {"quota", Text::kReturnedQuota};
    case ReturnReason::kUnknownCircle:
      return {"unknown_circle", Text::kReturnedCircle};
    case ReturnReason::kUnknownSuite:
      return {"unknown_suite", Text::kReturnedSuite};
    case ReturnReason::kTooLarge:
      return {"too_large", Text::kReturnedTooLarge};
    case ReturnReason::kBadEntry:
    case ReturnReason::kCutOff:
      return {"bad_entry", Text::kReturnedEntry};
  }
  return kOther;
}

}  // namespace thuisbasis
