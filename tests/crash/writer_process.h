// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace thuisbasis::crash {

/// vault_writer as a process of its own, and the reading end of the pipe in which it tells of each commit.
class WriterProcess final {
 public:
  /// `file_bytes_max`: no file of it may grow beyond that; 0: no limit.
  WriterProcess(const std::string& path, std::uint64_t seed, std::uint64_t file_bytes_max = 0);
  ~WriterProcess();
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;

  /// The next acknowledged number; nothing after the child's end.
  std::optional<std::int64_t> next();
  void kill();
  /// Waits for its end. True when it was the kill that ended it.
  bool was_killed();

 private:
  pid_t child_ = 0;
  int from_ = -1;
};

}  // namespace thuisbasis::crash
