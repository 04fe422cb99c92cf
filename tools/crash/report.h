// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "tests/crash/failure_loop.h"
#include "tests/crash/recoveries.h"

namespace thuisbasis::crash {

/// What a run of the program came to, as one JSON object.
struct Report {
  std::vector<LoopResult> loops;
  std::vector<RecoveryResult> recoveries;
  std::uint64_t seed = 0;

  bool ok() const;
  std::string as_json() const;
};

}  // namespace thuisbasis::crash
