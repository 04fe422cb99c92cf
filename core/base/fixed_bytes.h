// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <string>

#include "core/base/bytes.h"

namespace thuisbasis {

/// A value of exactly N bytes whose Tag makes it a type of its own, so that ids cannot be swapped.
template <typename Tag, std::size_t N>
class FixedBytes final {
 public:
  static constexpr std::size_t kSize = N;

  constexpr FixedBytes() = default;
  constexpr explicit FixedBytes(const std::array<Byte, N>& bytes) : bytes_(bytes) {}

  /// kMalformed unless there are exactly N bytes.
  static Result<FixedBytes> from(ByteView view) {
    if (view.size() != N)
      return Error(Code::kMalformed,
                   "expected " + std::to_string(N) + " bytes, got " + std::to_string(view.size()));
    FixedBytes value;
    std::copy(view.begin(), view.end(), value.bytes_.begin());
    return value;
  }
  /// The base64url form that text() writes.
  static Result<FixedBytes> parse(std::string_view text) {
    TB_TRY(const Bytes bytes, from_base64url(text));
    return from(bytes);
  }

  ByteView view() const { return bytes_; }
  MutableByteView mutable_view() { return bytes_; }
  std::string text() const { return to_base64url(bytes_); }
  bool is_zero() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](Byte b) { return b == 0; });
  }
  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

 private:
  std::array<Byte, N> bytes_{};
};

}  // namespace thuisbasis

template <typename Tag, std::size_t N>
struct std::hash<thuisbasis::FixedBytes<Tag, N>> {
  static_assert(N >= sizeof(std::size_t));
  /// Ids are random or hashes, so their first bytes spread well enough.
  std::size_t operator()(const thuisbasis::FixedBytes<Tag, N>& value) const noexcept {
    std::size_t first_bytes;
    std::memcpy(&first_bytes, value.view().data(), sizeof first_bytes);
    return first_bytes;
  }
};
