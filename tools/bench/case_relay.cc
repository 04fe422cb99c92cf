// SPDX-License-Identifier: EUPL-1.2
// relay_note_cpu_bundled, relay_note_cpu_single, relay_rss: what a note costs the relay.
#include <atomic>
#include <thread>

#include "tools/bench/cases.h"
#include "tools/bench/child_task.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

constexpr std::size_t kThreads = 8;  // so that requests wait for one another, as in a town

struct Load {
  std::size_t devices;
  std::size_t notes_bundled;  ///< of one device in one bundle
  std::size_t notes_single;   ///< of one device in one round, each a bundle and a request of its own
  static Load of(const Stage& stage) { return stage.options().quick ? Load{4, 10, 5} : Load{100, 100, 100}; }
};

/// One device with a circle, a connection and new notes to write.
struct Worker {
  std::unique_ptr<Device> device;
  std::unique_ptr<RelayLink> link;
  RecordId family;
};

/// The texts of real notes, as new records.
class Notes final {
 public:
  explicit Notes(const Caseload& caseload) {
    for (const CaseloadLine& line : caseload.lines)
      if (line.puts && line.about == "note") lines_.push_back(&line);
  }
  CaseloadLine next(const RecordId& family, Random& random) const {
    CaseloadLine line = *lines_[at_++ % lines_.size()];
    line.family = family;
    for (RecordWrite& write : line.records) write.id = random_id<RecordId>(random);
    return line;
  }
  bool empty() const { return lines_.empty(); }

 private:
  std::vector<const CaseloadLine*> lines_;
  mutable std::atomic<std::size_t> at_{0};
};

/// Does something on every worker, some at a time; the first error.
Status on_all(std::vector<Worker>& workers, const std::function<Status(Worker&)>& step) {
  std::atomic<std::size_t> next{0};
  std::vector<Status> ends(kThreads);
  std::vector<std::thread> threads;
  for (Status& end : ends)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < workers.size() && end; i = next++) end = step(workers[i]);
    });
  for (std::thread& thread : threads) thread.join();
  for (Status& end : ends) TB_CHECK(std::move(end));
  return {};
}

/// The devices make no durable commits that would hold the relay up: their vaults are in memory where there
/// is such a file system. The relay's storage is on the disk.
std::string memory_folder(const Stage& stage) {
  return std::filesystem::exists("/dev/shm") ? "/dev/shm" : stage.options().scratch;
}

Result<std::vector<Worker>> hire(Stage& stage, const Folder& folder, const RelayDaemon& relay,
                                 std::size_t count) {
  SystemRandom random;
  std::vector<Worker> workers(count);
  for (std::size_t i = 0; i < count; ++i) {
    Worker& worker = workers[i];
    const std::string number = std::to_string(i);
    worker.family = random_id<RecordId>(random);
    TB_TRY(worker.device, Device::create(folder / (number + ".db"), stage.registrar(), "Tablet " + number));
    TB_TRY(worker.link, RelayLink::open(relay.url(), relay.certificate()));
    TB_TRY([[maybe_unused]] const CircleId circle, worker.device->circle_of(worker.family));
    TB_CHECK(worker.device->sync(*worker.link));
  }
  return workers;
}

Status push_bundled(Worker& worker, const Notes& notes, std::size_t count) {
  SystemRandom random;
  std::vector<CaseloadLine> lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(notes.next(worker.family, random));
  TB_CHECK(worker.device->import(lines));
  return worker.device->sync(*worker.link);
}

Status push_single(Worker& worker, const Notes& notes, std::size_t count) {
  SystemRandom random;
  for (std::size_t i = 0; i < count; ++i) {
    TB_CHECK(worker.device->write(notes.next(worker.family, random)));
    TB_CHECK(worker.device->sync(*worker.link));
  }
  return {};
}

/// Processor time of storing the same notes in a plain file, `per_commit` in a transaction.
Result<double> floor_cpu(Floor& floor, const Notes& notes, std::size_t count, std::size_t per_commit) {
  SystemRandom random;
  std::vector<CaseloadLine> lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(notes.next(random_id<RecordId>(random), random));
  const double before = own_cpu_ms();
  for (std::size_t i = 0; i < count; ++i) {
    if (i % per_commit == 0) TB_CHECK(floor.begin());
    TB_CHECK(floor.write(lines[i]));
    if ((i + 1) % per_commit == 0 || i + 1 == count) TB_CHECK(floor.commit());
  }
  return (own_cpu_ms() - before) / static_cast<double>(count);
}

struct Measured {
  std::vector<double> cpu;
  std::vector<double> floors;
  std::vector<double> plain;
};

CaseResult result_of(const Measured& measured, const char* name, double target) {
  CaseResult result;
  result.name = name;
  result.unit = "ms/note";
  result.value = median(measured.cpu);
  result.floor = median(measured.floors);
  result.floor_without_fts = median(measured.plain);
  result.floor_is = "the readable rows of the same notes in a plain file, as many in a commit";
  result.target = target;
  result.runs = measured.cpu.size();
  return result;
}

}  // namespace

Status run_relay(Stage& stage, const Emit& emit) {
  const Load load = Load::of(stage);
  const Notes notes(stage.caseload());
  if (notes.empty()) return Error(Code::kNotFound, "the caseload has no notes");
  TB_TRY(const Folder disk, stage.folder());
  TB_TRY(const Folder memory, Folder::make(memory_folder(stage)));
  TB_CHECK(RelayDaemon::make(stage.options().daemon, disk / "relay", stage.registrar().key()));
  TB_TRY(const RelayDaemon relay, RelayDaemon::start(stage.options().daemon, disk / "relay"));
  TB_TRY(std::vector<Worker> workers, hire(stage, memory, relay, load.devices));
  TB_TRY(const auto floor, Floor::open(disk / "fts.db", Floor::Search::kFts5));
  TB_TRY(const auto plain, Floor::open(disk / "plain.db", Floor::Search::kNone));

  const auto round = [&](Measured& into, std::size_t count, std::size_t per_commit, auto push) -> Status {
    TB_TRY(const double before, cpu_ms_of(relay.process()));
    TB_CHECK(on_all(workers, [&](Worker& worker) { return push(worker, notes, count); }));
    TB_TRY(const double after, cpu_ms_of(relay.process()));
    into.cpu.push_back((after - before) / static_cast<double>(load.devices * count));
    TB_TRY(const double with_search, floor_cpu(*floor, notes, 5 * count, per_commit));
    into.floors.push_back(with_search);
    TB_TRY(const double without, floor_cpu(*plain, notes, 5 * count, per_commit));
    into.plain.push_back(without);
    return {};
  };
  Measured bundled, single;
  for (std::size_t run = 0; run < stage.runs(); ++run) {
    TB_CHECK(round(bundled, load.notes_bundled, load.notes_bundled, push_bundled));
    TB_CHECK(round(single, load.notes_single, 1, push_single));
  }
  TB_TRY(const double rss, peak_rss_of(relay.process()));
  TB_CHECK(stage.floor_with_rows(disk / "from.db", Floor::Search::kFts5));
  TB_TRY(Figures filling, run_in_child({"copy", disk / "from.db", disk / "to.db", "fts"}, disk / ""));

  CaseResult one = result_of(bundled, "relay_note_cpu_bundled", 0.1);
  one.more = {{"devices", static_cast<double>(load.devices)},
              {"notes_a_device", static_cast<double>(load.notes_bundled)}};
  emit(one);
  CaseResult other = result_of(single, "relay_note_cpu_single", 0.5);
  other.more = {{"devices", static_cast<double>(load.devices)},
                {"notes_a_device", static_cast<double>(load.notes_single)}};
  emit(other);
  CaseResult memory_use;
  memory_use.name = "relay_rss";
  memory_use.unit = "B";
  memory_use.value = rss;
  memory_use.floor = filling["rss"];
  memory_use.floor_is = "the largest resident size of a process that fills a plain file";
  memory_use.target = 80e6;
  memory_use.runs = stage.runs();
  memory_use.more = {{"connections", static_cast<double>(load.devices)}};
  emit(memory_use);
  return {};
}

}  // namespace thuisbasis::bench
