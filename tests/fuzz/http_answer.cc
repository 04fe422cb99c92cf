// SPDX-License-Identifier: EUPL-1.2
// An answer that may come from a relay, a proxy or a hotel's portal. The input: status, then parts: names and
// values of headers, and the rest is the body. The first part of an odd status is left out: the answer is
// then as a relay would mark it.
#include "sync/wire/problem.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr std::size_t kHeadersMax = 8;

}  // namespace

void fuzz(ByteView input) {
  Input parts(input);
  HttpResponse response;
  const Byte kind = parts.byte();
  response.status = 100 + static_cast<int>(parts.number() % 500);
  if ((kind & 1) != 0) {
    response.headers.add("content-type", kProblemMediaType);
    response.headers.add(kProtocolHeader, kProtocolHeaderValue);
  }
  for (std::size_t i = 0; i < kHeadersMax && i < kind / 2U; ++i) {
    const ByteView name = parts.part();
    response.headers.add(as_text(name), as_text(parts.part()));
  }
  response.body = to_bytes(parts.rest());
  if (const auto wait = retry_after(response.headers))
    expect(wait->count() >= 0 && *wait <= std::chrono::hours(24), "nobody waits more than a day");
  const auto problem = read_problem(response);
  const Error error = error_of_response(response, "relay.test");
  expect(!error.context().empty(), "an error says where");
  if (problem) {
    const HttpResponse written = problem_response(response.status, problem->reason, problem->time_ms);
    const auto again = read_problem(written);
    expect(again && again->reason == problem->reason && again->time_ms == problem->time_ms,
           "a problem survives its own encoding");
  }
}

}  // namespace thuisbasis::fuzzing
