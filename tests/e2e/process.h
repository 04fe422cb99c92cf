// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace thuisbasis::e2e {

/// Waits until something of another process has happened; false when that takes longer than half a minute.
bool eventually(const std::function<bool()>& happened);
/// The whole file as text; empty when there is none.
std::string content_of(const std::string& path);

/// A program that was started, with its standard output and error in a file. Killed when the object goes
/// away.
class Process final {
 public:
  struct Start {
    std::string program;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  ///< "NAME=value", besides ours
    std::string output;                    ///< appended to
    int passed_on = -1;                    ///< a descriptor the program finds as number 3
    std::uint64_t file_bytes_max = 0;      ///< RLIMIT_FSIZE; 0: none
  };
  explicit Process(const Start& start);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// The exit code, or minus the signal that ended it.
  int wait();
  /// The same, of a process that should be ending; nothing when that takes longer than half a minute.
  std::optional<int> wait_a_while();
  bool running() const { return process_ > 0; }

 private:
  pid_t process_ = 0;
};

/// Runs a program to its end; its exit code.
int run(const Process::Start& start);

/// Reads what a process writes to a pipe, one byte a mark.
class MarkReader final {
 public:
  MarkReader();
  ~MarkReader();
  MarkReader(const MarkReader&) = delete;
  MarkReader& operator=(const MarkReader&) = delete;

  /// The end to pass on to the process.
  int writing_end() const { return ends_[1]; }
  /// After the start: the end of the process is then seen here.
  void close_writing_end();
  /// The next mark; nothing when none comes in time, or the process ended.
  std::optional<char> next(std::chrono::milliseconds time_max);
  /// All that is there at this moment.
  std::string drain();

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace thuisbasis::e2e
