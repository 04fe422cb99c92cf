// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace thuisbasis {

using Byte = std::uint8_t;
using Bytes = std::vector<Byte>;
using ByteView = std::span<const Byte>;
using MutableByteView = std::span<Byte>;

/// The bytes of a text, without copying; the text must outlive the view.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
/// The text of some bytes, without copying and without any check of its encoding.
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
inline std::string to_string(ByteView view) { return std::string(as_text(view)); }
inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

/// Lower-case hexadecimal. Not constant-time; never for keys.
std::string to_hex(ByteView bytes);
Result<Bytes> from_hex(std::string_view text);  ///< kMalformed for anything but an even number of hex digits

/// base64url without padding (RFC 4648, section 5): how ids are written for people and URLs.
std::string to_base64url(ByteView bytes);
Result<Bytes> from_base64url(
    std::string_view text);  ///< kMalformed for padding, other alphabets, trailing bits
/// Standard base64 with padding, as HTTP structured fields (RFC 8941) write bytes.
std::string to_base64(ByteView bytes);
Result<Bytes> from_base64(std::string_view text);

/// Compares without leaking the place of the first difference through time.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace thuisbasis
