// SPDX-License-Identifier: EUPL-1.2
// The body of POST /v1/sync.
#include "sync/wire/frames.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "thuisbasis/wire.pb.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const auto request = decode_sync_request(input);
  if (!request) {
    const Code code = request.error().code();
    expect(code == Code::kMalformed || code == Code::kTooLarge, "a bad request is told as one");
    return;
  }
  expect(is(decode_sync_request(encode_sync_request(*request)), *request), "a request survives its encoding");
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::wire::SyncRequest, 0)
