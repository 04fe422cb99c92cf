// SPDX-License-Identifier: EUPL-1.2
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace thuisbasis::fuzzing {

void expect(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", property);
  std::abort();
}

ByteView Input::take(std::size_t size) {
  const ByteView taken = rest_.first(std::min(size, rest_.size()));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

Byte Input::byte() {
  const ByteView taken = take(1);
  return taken.empty() ? Byte{0} : taken[0];
}

std::uint32_t Input::number() {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | byte();
  return value;
}

ByteView Input::part() {
  const std::size_t high = byte();
  return take(high << 8 | byte());
}

void add_part(Bytes& input, ByteView part) {
  input.push_back(static_cast<Byte>(part.size() >> 8));
  input.push_back(static_cast<Byte>(part.size()));
  append(input, part);
}

}  // namespace thuisbasis::fuzzing
