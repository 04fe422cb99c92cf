// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/result.h"

namespace thuisbasis::bench {

/// A program started by the bench; asked to end (SIGTERM), then waited for, when the object goes. One thread.
class ChildProcess final {
 public:
  /// Standard output goes to `output_file`, standard error to `log_file`. kNotFound when it cannot be
  /// started.
  static Result<ChildProcess> start(const std::vector<std::string>& command, const std::string& output_file,
                                    const std::string& log_file);
  ChildProcess(ChildProcess&& other) noexcept : process_(std::exchange(other.process_, 0)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    std::swap(process_, other.process_);
    return *this;
  }
  ~ChildProcess();

  pid_t id() const { return process_; }
  /// Waits for its end; kInternal when that was not a success.
  Status wait();
  bool is_running() const;

 private:
  explicit ChildProcess(pid_t process) : process_(process) {}
  pid_t process_ = 0;
};

/// The folder of this program's own file.
std::string own_folder();
std::string own_path();

}  // namespace thuisbasis::bench
