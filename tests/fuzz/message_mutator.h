// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <google/protobuf/message.h>

#include "core/base/bytes.h"

namespace thuisbasis::fuzzing {

/// Changes one thing in the protobuf message that `buffer` holds in its first `size` bytes: a number to one
/// at its limits, the bytes of a field, a field that comes or goes, an element twice, dropped or moved. Plain
/// byte mutations rarely get past the lengths inside a message; every fourth time it is one all the same, as
/// when the bytes are no message or the result does not fit. Returns the new size. `message` gives the type.
std::size_t mutate_message(google::protobuf::Message& message, MutableByteView buffer, std::size_t size,
                           std::uint32_t seed);

}  // namespace thuisbasis::fuzzing

/// Makes libFuzzer mutate the inputs of a target, behind their first `head` bytes, as messages of this type.
#define TB_FUZZ_MESSAGES(Message, head)                                                                      \
  extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max, \
                                                 unsigned seed) {                                            \
    if (size < (head) || seed % 16 == 0) return LLVMFuzzerMutate(data, size, size_max);                      \
    Message message;                                                                                         \
    return (head) + thuisbasis::fuzzing::mutate_message(message, {data + (head), size_max - (head)},         \
                                                        size - (head), seed);                                \
  }
/// libFuzzer's own mutation.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);
