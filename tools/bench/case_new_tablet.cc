// SPDX-License-Identifier: EUPL-1.2
// new_tablet_*: an enrolled, admitted device without any data reads everything from the relay, in a process
// of its own.
#include "tools/bench/cases.h"
#include "tools/bench/child_task.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

double file_size(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  return problem ? 0 : static_cast<double>(size);
}

/// Medians come from here: one list a figure.
struct Runs {
  std::map<std::string, std::vector<double>> lists;
  void add(const Figures& figures, const std::string& front = {}) {
    for (const auto& [name, number] : figures) lists[front + name].push_back(number);
  }
  double median_of(const std::string& name) const {
    const auto found = lists.find(name);
    return found == lists.end() ? 0 : median(found->second);
  }
};

Status run_tablet(const Scene& scene, Runs& runs, const std::string& front) {
  TB_TRY(Figures figures, run_in_child({"sync", scene.laptop(), scene.relay.url(), scene.relay.certificate()},
                                       scene.folder / ""));
  figures["disk"] = file_size(scene.laptop()) + file_size(scene.laptop() + "-wal");
  runs.add(figures, front);
  return {};
}

Status run_floor(Stage& stage, const Scene& scene, Runs& runs, const std::string& search) {
  const std::string from = scene.folder / ("from-" + search);
  const std::string to = scene.folder / ("to-" + search);
  TB_CHECK(stage.floor_with_rows(from, search == "fts" ? Floor::Search::kFts5 : Floor::Search::kNone));
  TB_TRY(Figures figures, run_in_child({"copy", from, to, search}, scene.folder / ""));
  figures["disk"] = file_size(to);
  runs.add(figures, search + "_");
  return {};
}

/// Two devices that read the same must hold the same.
Status compare(const Scene& scene) {
  TB_TRY(const auto tablet, Device::open(scene.tablet()));
  TB_TRY(const auto laptop, Device::open(scene.laptop()));
  TB_TRY(const VaultStatus status, laptop->vault().status());
  if (status.quarantined != 0)
    return Error(Code::kInternal, std::to_string(status.quarantined) + " bundles could not be applied");
  TB_TRY(const std::vector<CircleOverview> circles, tablet->vault().circles());
  for (const CircleOverview& circle : circles) {
    TB_TRY(const StateDigest ours, tablet->vault().digest(circle.id));
    TB_TRY(const StateDigest theirs, laptop->vault().digest(circle.id));
    if (ours != theirs) return Error(Code::kInternal, "the new tablet holds something else than the old one");
  }
  return {};
}

struct Shape {
  const char* name;
  const char* unit;
  const char* figure;
  const char* floor_is;
  std::optional<double> target;
  std::optional<double> target_ratio;
};

constexpr double kMegabyte = 1e6;
const Shape kShapes[] = {
    {"new_tablet_cpu",
     "ms",
     "cpu_ms",
     "the same rows from one plain file into another, prepared, one transaction",
     {},
     3},
    {"new_tablet_bytes", "B", "bytes_down", "the state as compact JSON, zstd -3", 3.0 * kMegabyte, {}},
    {"new_tablet_rss",
     "B",
     "rss",
     "the largest resident size of the process that fills the plain file",
     80 * kMegabyte,
     {}},
    {"new_tablet_disk", "B", "disk", "the plain file", 20 * kMegabyte, {}},
};

CaseResult result_of(const Shape& shape, const Runs& runs, const std::string& front, double state_bytes) {
  const std::string figure = shape.figure;
  CaseResult result;
  result.name = shape.name;
  result.unit = shape.unit;
  result.value = runs.median_of(front + figure);
  result.floor = figure == "bytes_down" ? state_bytes : runs.median_of("fts_" + figure);
  if (figure != "bytes_down") result.floor_without_fts = runs.median_of("plain_" + figure);
  result.floor_is = shape.floor_is;
  result.runs = runs.lists.at(front + figure).size();
  result.target = shape.target;
  result.target_ratio = shape.target_ratio;
  result.more = {{"ms", runs.median_of(front + "ms")},
                 {"requests", runs.median_of(front + "requests")},
                 {"arrived", runs.median_of(front + "arrived")}};
  return result;
}

}  // namespace

Status run_new_tablet(Stage& stage, const Emit& emit) {
  Runs runs;
  for (std::size_t run = 0; run < stage.runs(); ++run) {
    TB_TRY(const Scene once, stage.pushed_once());
    TB_CHECK(run_tablet(once, runs, ""));
    TB_CHECK(run_floor(stage, once, runs, "fts"));
    TB_CHECK(run_floor(stage, once, runs, "plain"));
    if (run == 0) TB_CHECK(compare(once));
    TB_TRY(const Scene daily, stage.pushed_daily());
    TB_CHECK(run_tablet(daily, runs, "daily_"));
  }
  const double state_bytes = zstd_size(stage.caseload().state_json);
  for (const Shape& shape : kShapes) emit(result_of(shape, runs, "", state_bytes));
  for (Shape shape : kShapes) {
    const std::string name = shape.name + std::string("_daily");
    shape.name = name.c_str();
    shape.target.reset();
    shape.target_ratio.reset();
    emit(result_of(shape, runs, "daily_", state_bytes));
  }
  return {};
}

}  // namespace thuisbasis::bench
