// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "core/base/error.h"

namespace thuisbasis {

/// A value or an Error. A class of its own over tl::expected, so that it is [[nodiscard]], std::expected can
/// take over later, and a copy may throw: tl::expected copies what it holds in functions that are noexcept,
/// which ends a process without memory then and there.
template <typename T>
class [[nodiscard]] Result final : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Error error)
      : Base(tl::unexpected<Error>(std::move(error))) {}  // NOLINT(google-explicit-constructor)
  Result(Result&&) = default;
  Result& operator=(Result&&) = default;
  Result(const Result& other) requires std::is_copy_constructible_v<T>
      : Base(other ? Base(T(*other)) : Base(tl::unexpected<Error>(Error(other.error())))) {}
  Result& operator=(const Result& other) requires std::is_copy_constructible_v<T> {
    return *this = Result(other);
  }
  ~Result() = default;
};

template <>
class [[nodiscard]] Result<void> final : public tl::expected<void, Error> {
 public:
  using Base = tl::expected<void, Error>;
  Result() = default;
  Result(Error error)
      : Base(tl::unexpected<Error>(std::move(error))) {}  // NOLINT(google-explicit-constructor)
  Result(Result&&) = default;
  Result& operator=(Result&&) = default;
  Result(const Result& other) : Base(other ? Base() : Base(tl::unexpected<Error>(Error(other.error())))) {}
  Result& operator=(const Result& other) { return *this = Result(other); }
  ~Result() = default;
};

using Status = Result<void>;

}  // namespace thuisbasis

#define TB_CONCAT_INNER(a, b) a##b
#define TB_CONCAT(a, b) TB_CONCAT_INNER(a, b)

/// TB_TRY(auto page, read_page(7));  declares or assigns the value, or returns the Error from this function.
#define TB_TRY(target, ...) TB_TRY_INNER(TB_CONCAT(tb_result_, __LINE__), target, __VA_ARGS__)
#define TB_TRY_INNER(temporary, target, ...)                                \
  auto temporary = (__VA_ARGS__);                                           \
  if (!temporary) return ::thuisbasis::Error(std::move(temporary.error())); \
  target = std::move(*temporary)

/// TB_CHECK(write_page(7, bytes));  returns the Error from this function, if there is one.
#define TB_CHECK(...)                                           \
  do {                                                          \
    if (auto tb_status = (__VA_ARGS__); !tb_status)             \
      return ::thuisbasis::Error(std::move(tb_status.error())); \
  } while (false)
