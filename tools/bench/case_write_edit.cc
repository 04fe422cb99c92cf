// SPDX-License-Identifier: EUPL-1.2
// write_edit: one durable local edit, on top of the whole caseload.
#include "tools/bench/cases.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

/// Wall times of edits (of what exists) and of whole notes (new text), in milliseconds.
struct Samples {
  std::vector<double> edits;
  std::vector<double> notes;
  void add(const CaseloadLine& line, double ms) { (line.puts ? notes : edits).push_back(ms); }
};

/// The three take turns, line by line, so that a busy moment of the machine strikes all alike.
struct Contest {
  std::unique_ptr<Device> device;
  std::unique_ptr<Floor> floor;
  std::unique_ptr<Floor> plain;
  Samples ours;
  Samples of_floor;
  Samples of_plain;

  Status write(const CaseloadLine& line) {
    const Stopwatch first;
    TB_CHECK(device->write(line));
    ours.add(line, first.ms());
    const Stopwatch second;
    TB_CHECK(floor->write_durably(line));
    of_floor.add(line, second.ms());
    const Stopwatch third;
    TB_CHECK(plain->write_durably(line));
    of_plain.add(line, third.ms());
    return {};
  }
};

}  // namespace

Status run_write_edit(Stage& stage, const Emit& emit) {
  TB_TRY(const Scene scene, stage.pushed_once());
  Contest contest;
  TB_TRY(contest.device, Device::open(scene.tablet()));
  TB_CHECK(stage.floor_with_rows(scene.folder / "fts.db", Floor::Search::kFts5));
  TB_CHECK(stage.floor_with_rows(scene.folder / "plain.db", Floor::Search::kNone));
  TB_TRY(contest.floor, Floor::open(scene.folder / "fts.db", Floor::Search::kFts5));
  TB_TRY(contest.plain, Floor::open(scene.folder / "plain.db", Floor::Search::kNone));
  for (const CaseloadLine& line : stage.week().lines) TB_CHECK(contest.write(line));

  CaseResult result;
  result.name = "write_edit";
  result.unit = "ms";
  result.value = median(contest.ours.edits);
  result.floor = median(contest.of_floor.edits);
  result.floor_without_fts = median(contest.of_plain.edits);
  result.floor_is =
      "BEGIN, UPDATE and INSERT of the same rows, COMMIT; p50 of the week's edits, taking turns";
  result.target_ratio = 1.6;
  result.runs = contest.ours.edits.size();
  const double note_floor = median(contest.of_floor.notes);
  result.more = {{"p99", percentile(contest.ours.edits, 0.99)},
                 {"floor_p99", percentile(contest.of_floor.edits, 0.99)},
                 {"new_note", median(contest.ours.notes)},
                 {"new_note_floor", note_floor},
                 {"new_note_ratio", note_floor > 0 ? median(contest.ours.notes) / note_floor : 0}};
  emit(result);
  return {};
}

}  // namespace thuisbasis::bench
