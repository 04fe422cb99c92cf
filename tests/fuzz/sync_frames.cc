// SPDX-License-Identifier: EUPL-1.2
// The body of a relay's answer: frames behind their lengths.
#include "sync/wire/frames.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

/// All frames up to the first that cannot be read, written again. How many bytes there are is limited by the
/// input: every frame took some of it.
Bytes read_and_write(ByteView body, std::size_t& count) {
  Bytes written;
  FrameReader reader(body);
  count = 0;
  for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
    append_frame(written, **frame);
    expect(++count <= body.size(), "every frame takes some of the body");
  }
  return written;
}

}  // namespace

void fuzz(ByteView input) {
  std::size_t count = 0;
  const Bytes once = read_and_write(input, count);
  std::size_t count_again = 0;
  const Bytes twice = read_and_write(once, count_again);
  expect(count == count_again, "frames that were read can be read again");
  expect(once == twice, "and say the same");
}

}  // namespace thuisbasis::fuzzing
