// SPDX-License-Identifier: EUPL-1.2
// open_first_query: a fresh process opens the vault with its key and lists the families and the goals of
// one of them.
#include "tools/bench/cases.h"
#include "tools/bench/child_task.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {

Status run_open(Stage& stage, const Emit& emit) {
  TB_TRY(const Scene scene, stage.pushed_once());
  const std::string file = scene.folder / "floor.db";
  TB_CHECK(stage.floor_with_rows(file, Floor::Search::kFts5));
  const std::string family = stage.caseload().lines.front().family.text();
  std::vector<double> ms, open_ms, circles_ms, floors;
  double rows = 0;
  for (std::size_t run = 0; run < stage.runs(); ++run) {
    TB_TRY(Figures ours, run_in_child({"open", scene.tablet(), family}, scene.folder / ""));
    TB_TRY(Figures floor, run_in_child({"open-floor", file, family}, scene.folder / ""));
    if (ours["rows"] != floor["rows"] || ours["rows"] == 0)
      return Error(Code::kInternal, "vault and floor answer differently");
    ms.push_back(ours["ms"]);
    open_ms.push_back(ours["open_ms"]);
    circles_ms.push_back(ours["circles_ms"]);
    floors.push_back(floor["ms"]);
    rows = ours["rows"];
  }
  CaseResult result;
  result.name = "open_first_query";
  result.unit = "ms";
  result.value = median(ms);
  result.floor = median(floors);
  result.floor_is = "the same in a plain file";
  result.target = 50;
  result.runs = ms.size();
  result.more = {{"open", median(open_ms)}, {"rows", rows}, {"all_circles_after", median(circles_ms)}};
  emit(result);
  return {};
}

}  // namespace thuisbasis::bench
