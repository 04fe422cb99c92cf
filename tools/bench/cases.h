// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>

#include "tools/bench/report.h"
#include "tools/bench/stage.h"

namespace thuisbasis::bench {

/// Told each result as soon as it is known.
using Emit = std::function<void(const CaseResult&)>;

/// Cases that are measured together because they share a run.
struct CaseGroup {
  std::vector<std::string> cases;
  Status (*run)(Stage& stage, const Emit& emit);
};

Status run_write_edit(Stage& stage, const Emit& emit);
Status run_week(Stage& stage, const Emit& emit);
Status run_new_tablet(Stage& stage, const Emit& emit);
Status run_relay(Stage& stage, const Emit& emit);
Status run_idle(Stage& stage, const Emit& emit);
Status run_live(Stage& stage, const Emit& emit);
Status run_open(Stage& stage, const Emit& emit);
Status run_rotate(Stage& stage, const Emit& emit);

}  // namespace thuisbasis::bench
