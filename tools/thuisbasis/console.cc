// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/console.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "platform/files/files.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kLineBytesMax = 4096;

/// The terminal itself, also when the standard streams are redirected.
class Terminal final {
 public:
  Terminal() : number_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {}
  ~Terminal() {
    if (number_ >= 0) ::close(number_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

  void write(std::string_view text) const { (void)!::write(number_, text.data(), text.size()); }

  /// One line into `buffer`, without its end; the number of bytes.
  std::size_t read_line(MutableByteView buffer) const {
    std::size_t size = 0;
    for (Byte byte = 0; size < buffer.size() && ::read(number_, &byte, 1) == 1 && byte != '\n';)
      buffer[size++] = byte;
    return size;
  }

 private:
  int number_;
};

/// Keeps what is typed off the screen as long as it lives.
class Silence final {
 public:
  explicit Silence(int terminal) : terminal_(terminal), changed_(::tcgetattr(terminal, &before_) == 0) {
    if (!changed_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~Silence() {
    if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool changed_;
};

}  // namespace

void TerminalConsole::out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void TerminalConsole::error(std::string_view text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

bool TerminalConsole::is_terminal() const { return ::isatty(STDERR_FILENO) == 1; }

Result<Bytes> TerminalConsole::input() { return read_file("/dev/stdin", kInputBytesMax); }

Result<Secret> TerminalConsole::ask_secret(std::string_view prompt) {
  const Terminal terminal;
  if (!terminal.is_open()) return Error(Code::kNotUnlocked, "no terminal to ask the passphrase on");
  std::fflush(stdout);
  terminal.write(prompt);
  Secret line(kLineBytesMax);
  std::size_t size = 0;
  {
    const Silence silence(terminal.number());
    size = terminal.read_line(line.mutable_view());
  }
  terminal.write("\n");
  return Secret::copy_of(line.view().first(size));
}

Result<std::string> TerminalConsole::ask(std::string_view prompt) {
  const Terminal terminal;
  if (!terminal.is_open()) return Error(Code::kNotPermitted, "no terminal to ask on");
  std::fflush(stdout);
  terminal.write(prompt);
  std::array<Byte, kLineBytesMax> line{};
  const std::size_t size = terminal.read_line(line);
  return to_string(ByteView(line).first(size));
}

}  // namespace thuisbasis
