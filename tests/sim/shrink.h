// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>

#include "tests/sim/fleet.h"

namespace thuisbasis::sim {

/// Looks for a smaller plan that still violates the same invariant: less time, fewer classes of faults, fewer
/// devices. Greedy: each step is kept when the run still fails, so the result is small, not smallest.
/// `tried` hears of every run; at most `runs_max` are made.
RunResult shrink(const RunResult& failed, std::size_t runs_max,
                 const std::function<void(const RunResult&)>& tried);

}  // namespace thuisbasis::sim
