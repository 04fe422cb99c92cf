// SPDX-License-Identifier: EUPL-1.2
// idle_bytes: a sync with nothing new anywhere.
#include "tools/bench/cases.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {

Status run_idle(Stage& stage, const Emit& emit) {
  TB_TRY(const Scene scene, stage.pushed_once());
  TB_TRY(const auto device, Device::open(scene.tablet()));
  TB_TRY(const auto link, scene.link());
  TB_CHECK(device->sync(*link));
  std::vector<double> up, down, requests;
  for (std::size_t run = 0; run < stage.runs(); ++run) {
    const HttpsClientStats before = link->stats();
    RoundReport report;
    TB_CHECK(device->sync(*link, report));
    up.push_back(static_cast<double>(link->stats().bytes_sent - before.bytes_sent));
    down.push_back(static_cast<double>(link->stats().bytes_received - before.bytes_received));
    requests.push_back(static_cast<double>(report.requests));
  }
  // A request with nothing in it but a path, and its answer.
  const HttpsClientStats before = link->stats();
  TB_TRY([[maybe_unused]] const HttpResponse answer, link->bare_request());
  const double bare_up = static_cast<double>(link->stats().bytes_sent - before.bytes_sent);
  const double bare_down = static_cast<double>(link->stats().bytes_received - before.bytes_received);

  CaseResult result;
  result.name = "idle_bytes";
  result.unit = "B";
  result.value = std::max(percentile(up, 1), percentile(down, 1));
  result.floor = std::max(bare_up, bare_down);
  result.floor_is = "an unsigned, empty POST and its answer; the larger direction, above TLS";
  result.target = 1000;
  result.runs = up.size();
  TB_TRY(const std::vector<CircleOverview> circles, device->vault().circles());
  result.more = {{"up", percentile(up, 1)},
                 {"down", percentile(down, 1)},
                 {"requests", percentile(requests, 1)},
                 {"circles", static_cast<double>(circles.size())}};
  emit(result);
  return {};
}

}  // namespace thuisbasis::bench
