// SPDX-License-Identifier: EUPL-1.2
#include "tools/crash/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace thuisbasis::crash {
namespace {

nlohmann::ordered_json json_of(const LoopResult& loop) {
  return {{"operation", loop.operation},
          {"trouble", trouble_name(loop.trouble)},
          {"points", loop.points},
          {"covered", loop.covered},
          {"injected", loop.injected},
          {"errors", loop.answered},
          {"ended_by_bad_alloc", loop.exhausted},
          {"recoveries", loop.recoveries},
          {"sectors_torn_or_lost", loop.sectors_lost},
          {"acknowledged_writes_checked", loop.writes_checked},
          {"lost", loop.lost},
          {"corrupt", loop.corrupt},
          {"stuck", loop.stuck},
          {"findings", loop.findings}};
}

nlohmann::ordered_json json_of(const RecoveryResult& result) {
  const double a_minute =
      result.cpu_seconds == 0 ? 0 : static_cast<double>(result.recoveries) * 60 / result.cpu_seconds;
  return {{"histories", result.histories},
          {"recoveries", result.recoveries},
          {"recoveries_per_cpu_minute", static_cast<std::uint64_t>(a_minute)},
          {"crashes_in_recovery", result.crashes_in_recovery},
          {"sectors_torn_or_lost", result.sectors_lost},
          {"acknowledged_writes_checked", result.writes_checked},
          {"lost", result.lost},
          {"corrupt", result.corrupt},
          {"cpu_seconds", result.cpu_seconds},
          {"findings", result.findings}};
}

}  // namespace

bool Report::ok() const {
  return std::all_of(loops.begin(), loops.end(), [](const LoopResult& one) { return one.ok(); }) &&
         std::all_of(recoveries.begin(), recoveries.end(),
                     [](const RecoveryResult& one) { return one.ok(); });
}

std::string Report::as_json() const {
  nlohmann::ordered_json json;
  json["seed"] = seed;
  json["loops"] = nlohmann::ordered_json::array();
  for (const LoopResult& loop : loops) json["loops"].push_back(json_of(loop));
  json["recoveries"] = nlohmann::ordered_json::array();
  for (const RecoveryResult& one : recoveries) json["recoveries"].push_back(json_of(one));
  json["ok"] = ok();
  return json.dump(1);
}

}  // namespace thuisbasis::crash
