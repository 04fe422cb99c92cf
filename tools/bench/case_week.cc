// SPDX-License-Identifier: EUPL-1.2
// week_push, week_bytes: what one device wrote in a week without a network, pushed and receipted.
#include "tools/bench/cases.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

struct Push {
  double ms = 0;
  double cpu_ms = 0;
  RoundReport report;
  HttpsClientStats bytes;
};

/// From the first step of the round to the receipts in the vault, TLS handshake included.
Result<Push> push_week(Stage& stage) {
  TB_TRY(const Scene scene, stage.pushed_once());
  TB_TRY(const auto device, Device::open(scene.tablet()));
  TB_CHECK(device->import(stage.week().lines));
  TB_TRY(const auto link, scene.link());
  Push push;
  const double cpu = own_cpu_ms();
  const Stopwatch watch;
  TB_CHECK(device->sync(*link, push.report));
  push.ms = watch.ms();
  push.cpu_ms = own_cpu_ms() - cpu;
  push.bytes = link->stats();
  TB_TRY(const VaultStatus status, device->vault().status());
  if (status.pending != 0 || status.sent != 0 || push.report.refused != 0)
    return Error(Code::kInternal, "the week was not receipted as a whole");
  return push;
}

/// The same rows in one durable transaction of a plain file.
Result<double> floor_ms(Stage& stage, Floor::Search search) {
  TB_TRY(const Folder folder, stage.folder());
  const std::string file = folder / "floor.db";
  TB_CHECK(stage.floor_with_rows(file, search));
  TB_TRY(const auto floor, Floor::open(file, search));
  const Stopwatch watch;
  TB_CHECK(floor->begin());
  for (const CaseloadLine& line : stage.week().lines) TB_CHECK(floor->write(line));
  TB_CHECK(floor->commit());
  return watch.ms();
}

}  // namespace

Status run_week(Stage& stage, const Emit& emit) {
  std::vector<double> ms, cpu, up, down, requests, floors, plain;
  for (std::size_t run = 0; run < stage.runs(); ++run) {
    TB_TRY(const Push push, push_week(stage));
    ms.push_back(push.ms);
    cpu.push_back(push.cpu_ms);
    requests.push_back(static_cast<double>(push.report.requests));
    up.push_back(static_cast<double>(push.bytes.bytes_sent));
    down.push_back(static_cast<double>(push.bytes.bytes_received));
    TB_TRY(const double with_search, floor_ms(stage, Floor::Search::kFts5));
    floors.push_back(with_search);
    TB_TRY(const double without, floor_ms(stage, Floor::Search::kNone));
    plain.push_back(without);
  }
  const double changes = static_cast<double>(stage.week().lines.size());
  CaseResult push;
  push.name = "week_push";
  push.unit = "ms";
  push.value = median(ms);
  push.floor = median(floors);
  push.floor_without_fts = median(plain);
  push.floor_is = "the week's rows in one transaction of a plain file";
  push.target = 100;
  push.runs = ms.size();
  push.more = {{"changes", changes},
               {"circles", static_cast<double>(stage.week().families)},
               {"requests", percentile(requests, 1)},
               {"client_cpu", median(cpu)}};
  emit(push);

  CaseResult bytes;
  bytes.name = "week_bytes";
  bytes.unit = "B";
  bytes.value = median(up);
  bytes.floor = zstd_size(stage.week().raw);
  bytes.floor_is = "the week's own lines, zstd -3, neither sealed nor signed";
  bytes.target = 150'000;
  bytes.runs = up.size();
  bytes.more = {{"down", median(down)}};
  emit(bytes);
  return {};
}

}  // namespace thuisbasis::bench
