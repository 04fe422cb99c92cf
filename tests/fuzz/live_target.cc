// SPDX-License-Identifier: EUPL-1.2
// The target of GET /v1/live.
#include "sync/wire/live_query.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const auto query = parse_live_target(as_text(input));
  if (!query) return;
  expect(query->wait_ms <= kLiveWaitMsMax, "nobody waits longer than the limit");
  expect(is(parse_live_target(live_target(*query)), *query), "a query survives its own text");
}

}  // namespace thuisbasis::fuzzing
