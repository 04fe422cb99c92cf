// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/child_task.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/files/files.h"
#include "tools/bench/child_process.h"
#include "tools/bench/device.h"
#include "tools/bench/floor.h"
#include "tools/bench/measure.h"
#include "tools/bench/relay_link.h"

namespace thuisbasis::bench {
namespace {

constexpr std::size_t kFiguresBytesMax = 1 << 16;
constexpr std::uint32_t kFamilyKind = 1;
constexpr std::uint32_t kGoalKind = 6;

/// Wall, processor and memory of what lies between its making and finish().
class Meter final {
 public:
  Status finish(Figures& figures) const {
    figures["ms"] = watch_.ms();
    figures["cpu_ms"] = own_cpu_ms() - cpu_;
    TB_TRY(figures["rss"], own_peak_rss());
    return {};
  }

 private:
  Stopwatch watch_;
  double cpu_ = own_cpu_ms();
};

Result<Figures> sync_task(const std::string& vault, const std::string& url, const std::string& certificate) {
  Figures figures;
  const Meter meter;
  TB_TRY(auto device, Device::open(vault));
  TB_TRY(auto link, RelayLink::open(url, certificate));
  RoundReport report;
  TB_CHECK(device->sync(*link, report));
  figures["bytes_up"] = static_cast<double>(link->stats().bytes_sent);
  figures["bytes_down"] = static_cast<double>(link->stats().bytes_received);
  figures["requests"] = static_cast<double>(report.requests);
  figures["arrived"] = static_cast<double>(report.arrived);
  link.reset();
  device.reset();  // with its checkpoint
  TB_CHECK(meter.finish(figures));
  return figures;
}

Result<Figures> copy_task(const std::string& from, const std::string& to, const std::string& search) {
  const Floor::Search wanted = search == "fts" ? Floor::Search::kFts5 : Floor::Search::kNone;
  Figures figures;
  const Meter meter;
  TB_TRY(auto source, Floor::open(from, wanted));
  TB_TRY(auto floor, Floor::open(to, wanted));
  TB_CHECK(floor->copy_rows_of(*source));
  floor.reset();
  TB_CHECK(meter.finish(figures));
  return figures;
}

Result<Figures> open_task(const std::string& vault, const RecordId& family) {
  const Stopwatch watch;
  SystemClock clock;
  SystemRandom random;
  TB_TRY(const Vault opened, Vault::open(vault, Device::key(), {clock, random}));
  Figures figures;
  figures["open_ms"] = watch.ms();
  TB_TRY(const std::vector<Record> families, opened.list({kFamilyKind, {}, false, 0}));
  for (const Record& one : families) {
    if (one.id() != family) continue;
    TB_TRY(const std::vector<Record> goals, opened.list({kGoalKind, one.circle(), false, 0}));
    figures["rows"] = static_cast<double>(families.size() + goals.size());
  }
  figures["ms"] = watch.ms();
  // Proves every circle's log anew: what a screen with the members of all circles costs.
  const Stopwatch proving;
  TB_TRY([[maybe_unused]] const std::vector<CircleOverview> circles, opened.circles());
  figures["circles_ms"] = proving.ms();
  return figures;
}

Result<Figures> open_floor_task(const std::string& file, const RecordId& family) {
  const Stopwatch watch;
  TB_TRY(const auto floor, Floor::open(file, Floor::Search::kFts5));
  TB_TRY(const std::size_t rows, floor->families_and_goals_of(family));
  return Figures{{"ms", watch.ms()}, {"rows", static_cast<double>(rows)}};
}

Result<Figures> run_task(const std::vector<std::string>& words) {
  const auto is = [&](std::string_view name, std::size_t arguments) {
    return !words.empty() && words[0] == name && words.size() == arguments + 1;
  };
  if (is("sync", 3)) return sync_task(words[1], words[2], words[3]);
  if (is("copy", 3)) return copy_task(words[1], words[2], words[3]);
  if (is("open", 2) || is("open-floor", 2)) {
    TB_TRY(const Bytes id, from_base64url(words[2]));
    TB_TRY(const RecordId family, RecordId::from(id));
    return words[0] == "open" ? open_task(words[1], family) : open_floor_task(words[1], family);
  }
  return Error(Code::kInvalidArgument, "no such task");
}

}  // namespace

Result<Figures> run_in_child(const std::vector<std::string>& words, const std::string& scratch) {
  std::vector<std::string> command = {own_path(), "child"};
  command.insert(command.end(), words.begin(), words.end());
  const std::string output = scratch + "/child.out";
  const std::string log = scratch + "/child.log";
  TB_TRY(ChildProcess child, ChildProcess::start(command, output, log));
  const Status ended = child.wait();
  TB_TRY(const Bytes said, read_file(ended ? output : log, kFiguresBytesMax));
  if (!ended) return Error(Code::kInternal, "task " + words.front() + ": " + to_string(said));
  const auto json = nlohmann::json::parse(as_text(said), nullptr, false);
  if (!json.is_object()) return Error(Code::kMalformed, "task " + words.front() + " printed no figures");
  return json.get<Figures>();
}

int child_main(const std::vector<std::string>& words) {
  const Result<Figures> figures = run_task(words);
  if (!figures) {
    std::cerr << figures.error().message() << "\n";
    return 1;
  }
  std::cout << nlohmann::json(*figures).dump() << "\n";
  return 0;
}

}  // namespace thuisbasis::bench
