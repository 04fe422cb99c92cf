// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/bytes.h"
#include "core/crypto/secret.h"

namespace thuisbasis {

/// Where a command reads and writes: the terminal, or another process over the vault's socket. One thread.
class Console {
 public:
  virtual ~Console() = default;
  virtual void out(std::string_view text) = 0;
  virtual void error(std::string_view text) = 0;
  /// A person looks at the error stream: progress may be drawn there.
  virtual bool is_terminal() const = 0;
  /// All of standard input; kTooLarge beyond kInputBytesMax.
  virtual Result<Bytes> input() = 0;
  /// A relative path as the person who typed it means it.
  virtual std::string path(std::string_view typed) const = 0;
  /// Asks without showing what is typed. kNotUnlocked when nobody can be asked.
  virtual Result<Secret> ask_secret(std::string_view prompt) = 0;
  /// Asks for one line. kNotPermitted when nobody can be asked.
  virtual Result<std::string> ask(std::string_view prompt) = 0;
};
inline constexpr std::size_t kInputBytesMax = std::size_t{32} << 20;

/// The process's own standard streams and terminal.
class TerminalConsole final : public Console {
 public:
  void out(std::string_view text) override;
  void error(std::string_view text) override;
  bool is_terminal() const override;
  Result<Bytes> input() override;
  std::string path(std::string_view typed) const override { return std::string(typed); }
  Result<Secret> ask_secret(std::string_view prompt) override;
  Result<std::string> ask(std::string_view prompt) override;
};

}  // namespace thuisbasis
