// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <string>

#include "core/base/bytes.h"
#include "core/base/fixed_bytes.h"

namespace thuisbasis {

/// The bytes of a message, as this program writes it.
inline Bytes encode_message(const google::protobuf::MessageLite& message) {
  Bytes bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

/// Reads a message of at most `size_max` bytes. kTooLarge, kMalformed; `what` names it in the context.
template <typename Message>
Result<Message> parse_message(ByteView bytes, std::size_t size_max, std::string_view what) {
  if (bytes.size() > size_max) {
    return Error(Code::kTooLarge, std::string(what) + " of " + std::to_string(bytes.size()) +
                                      " bytes, at most " + std::to_string(size_max));
  }
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Error(Code::kMalformed, std::string(what) + " is not a message");
  return message;
}

/// Reads an outer message, whose own bytes no signature covers: it must be written exactly as we write it, so
/// that nothing can be smuggled in around what is signed and nobody can make a second form of it.
template <typename Message>
Result<Message> parse_envelope(ByteView bytes, std::size_t size_max, std::string_view what) {
  TB_TRY(Message message, parse_message<Message>(bytes, size_max, what));
  if (!message.GetReflection()->GetUnknownFields(message).empty())
    return Error(Code::kMalformed, std::string(what) + " has a part that is not signed");
  const Bytes again = encode_message(message);
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()))
    return Error(Code::kMalformed, std::string(what) + " is not in its one form");
  return message;
}

/// A field of fixed size out of a message. kMalformed names the field.
template <typename Fixed>
Result<Fixed> fixed_field(const std::string& field, std::string_view what) {
  auto value = Fixed::from(as_bytes(field));
  if (!value) return std::move(value.error()).within(what);
  return *value;
}

/// Sets a bytes field.
inline std::string field_of(ByteView bytes) { return to_string(bytes); }

}  // namespace thuisbasis
