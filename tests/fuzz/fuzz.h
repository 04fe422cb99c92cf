// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/wire_bytes.h"

namespace thuisbasis::fuzzing {

/// What one target does with one input; each target's file defines it. Any bytes may come.
void fuzz(ByteView input);

/// Ends the process when a property does not hold, so that libFuzzer keeps the input that broke it.
void expect(bool holds, const char* property);

/// Whether a result is this value.
template <typename T>
bool is(const Result<T>& result, const T& value) {
  return result.has_value() && *result == value;
}

/// Cuts an input into what a target needs. Never fails: what is missing is zero or empty.
class Input final {
 public:
  explicit Input(ByteView bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  Byte byte();
  std::uint32_t number();  ///< four bytes, big-endian
  ByteView part();         ///< a size of two bytes, big-endian, and as many bytes as there are of it
  ByteView rest() const { return rest_; }

 private:
  ByteView take(std::size_t size);
  ByteView rest_;
};

/// What Input::part reads.
void add_part(Bytes& input, ByteView part);

}  // namespace thuisbasis::fuzzing
