// SPDX-License-Identifier: EUPL-1.2
#include "sync/client/sync_session.h"

namespace thuisbasis {

Status SyncSession::run(const SyncRound::Options& options, RoundReport& report) {
  SyncRound round(port_, relay_time_, random_, options);
  for (;;) {
    auto request = round.next();
    report = round.report();
    if (!request) return round.failed(std::move(request.error()));
    if (!*request) return {};
    auto response = exchange_.exchange(**request, round.holding());
    if (!response) return round.failed(std::move(response.error()));
    const Status taken = round.take(*response, exchange_.host());
    report = round.report();
    if (!taken) return Error(taken.error());
  }
}

}  // namespace thuisbasis
