// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace thuisbasis {

/// What went wrong, as programs see it. One table (error.def) holds numbers, retry classes and texts.
enum class Code : std::uint16_t {
#define TB_ERROR(name, number, retry, text) name = number,
#include "core/base/error.def"
#undef TB_ERROR
};

/// Whether trying again can help.
enum class Retry : std::uint8_t {
  kNever,        ///< the same input fails the same way
  kBackoff,      ///< later, with backoff
  kAfterRepair,  ///< after a person changed something (disk, certificate, version)
};

/// A failure: a code to branch on and a context for logs. The context never holds plaintext of a record,
/// a key or a passphrase.
class [[nodiscard]] Error final {
 public:
  Error(Code code, std::string context) : code_(code), context_(std::move(context)) {}

  Code code() const { return code_; }
  const std::string& context() const { return context_; }
  Retry retry() const;
  /// "damaged: vault.db page 7": the table's text and the context, for logs.
  std::string message() const;

  /// The same error with "where: " put before its context; for layers that know more than the one below.
  Error within(std::string_view where) &&;

 private:
  Code code_;
  std::string context_;
};

std::string_view code_name(Code code);  ///< "kDamaged"; "unknown" for a number not in the table
std::string_view code_text(Code code);  ///< "stored data is damaged"

}  // namespace thuisbasis
