// SPDX-License-Identifier: EUPL-1.2
// The clear part of a sealed bundle: all that a relay reads of it before it knows who sent it.
#include <algorithm>

#include "core/verify/bundle_header.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const auto bundle = parse_bundle(input);
  if (!bundle) return;
  const auto again = encode_bundle_header(bundle->header);
  expect(std::ranges::equal(again, bundle->header_bytes), "a header has one form");
  expect(
      bundle->header_bytes.data() == input.data() &&
          bundle->header_bytes.size() + bundle->ciphertext.size() + bundle->signature.size() == input.size(),
      "the three parts are the whole bundle");
  expect(input.size() <= kBundleBytesMax, "no bundle is larger than the limit");
  expect(bundle->header.last - bundle->header.first < kBundleChangesMax, "no bundle holds too many changes");
}

}  // namespace thuisbasis::fuzzing
