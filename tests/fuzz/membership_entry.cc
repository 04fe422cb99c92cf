// SPDX-License-Identifier: EUPL-1.2
// A membership entry as any stranger may send it, and the archive's wrap that travels beside it: all that is
// read of them before a signature is checked.
#include <algorithm>

#include "core/verify/membership_log.h"
#include "core/verify/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  if (const auto wrap = parse_wrap(input))
    expect(is(parse_wrap(encode_wrap(*wrap)), *wrap), "a wrap survives its own encoding");
  const auto place = parse_entry_place(input);
  if (!place) return;
  expect(place->time >= 0, "times are not before 1970");
  membership::SignedEntry envelope;
  expect(envelope.ParseFromArray(input.data(), static_cast<int>(input.size())), "an entry is a message");
  expect(std::ranges::equal(encode_message(envelope), input), "a signed entry has one form");
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::membership::SignedEntry, 0)
