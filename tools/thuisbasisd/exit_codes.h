// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/error.h"

namespace thuisbasis::daemon {

/// How the program ends; `thuisbasisd --help` lists them.
enum class Exit : int {
  kOk = 0,
  kFailed = 1,         ///< something not foreseen here
  kUsage = 2,          ///< the command line
  kConfiguration = 3,  ///< the configuration file, or a key file it names
  kStorage = 4,        ///< the relay's file: missing, damaged, full, or held by another daemon
  kNetwork = 5,        ///< the listening address, or the TLS certificate
};

inline constexpr const char* kExitCodesHelp =
    "Exit codes: 0 done; 1 failed; 2 wrong command line; 3 configuration or key file; 4 storage (missing, "
    "damaged,\n"
    "full, or held by another daemon); 5 listening address or TLS certificate.\n";

}  // namespace thuisbasis::daemon
