// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>

#include "core/base/error.h"
#include "tools/thuisbasis/row.h"
#include "tools/thuisbasis/texts.h"

namespace thuisbasis {

/// Exit codes, as --help and the manual list them.
enum class Exit : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kLocked = 4,  ///< no or a wrong passphrase
  kDamaged = 5,
  kNoContact = 6,  ///< the relay cannot be reached; nothing is lost
  kRefused = 7,
  kInUse = 8,  ///< another process owns the vault
  kInput = 9,  ///< something given is wrong
  kDisk = 10,
};

struct ExitSpec {
  Exit code;
  Text meaning;
};
std::span<const ExitSpec> exit_codes();
Exit exit_code(Code code);

/// What happened and what to do, for a person: the one place where error codes become words.
struct Explanation {
  Text what;
  Text advice;
};
Explanation explain(Code code);

/// "Fout: ...", the input it was about, and what to do; three lines at most.
std::string error_text(Language language, const Error& error);
Row error_row(Language language, const Error& error);

}  // namespace thuisbasis
