// SPDX-License-Identifier: EUPL-1.2
// The bytes of a change, as another member's device committed to them.
#include "core/merge/operation.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const Author author{*DeviceId::from(Bytes(32, 0x61)), *InstanceId::from(Bytes(8, 0x61))};
  const auto change = decode_change(author, input);
  if (!change) {
    const Code code = change.error().code();
    expect(code == Code::kMalformed || code == Code::kTooLarge, "a bad change is told as one");
    return;
  }
  expect(change->dot.author == author && change->dot.number != 0 && change->dot.number <= kChangeNumberMax,
         "a change is its author's, and counts from 1");
  const Frontier needed = dependencies(*change);
  expect(!needed.covers(change->dot), "a change never waits for itself");
  const auto bytes = encode_change(*change);
  expect(bytes.has_value(), "what was read can be written");
  expect(is(decode_change(author, *bytes), *change), "and says the same");
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::change::Change, 0)
