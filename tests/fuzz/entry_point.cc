// SPDX-License-Identifier: EUPL-1.2
#include "tests/fuzz/fuzz.h"

/// What libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  thuisbasis::fuzzing::fuzz({data, size});
  return 0;
}
