// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace thuisbasis::bench {

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command,
                                         const std::string& output_file, const std::string& log_file) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output_file.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log_file.c_str(), flags, 0600);
  pid_t process = 0;
  const int problem =
      posix_spawn(&process, words.front().c_str(), &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (problem != 0) return Error(Code::kNotFound, words.front() + ": " + std::strerror(problem));
  return ChildProcess(process);
}

ChildProcess::~ChildProcess() {
  if (process_ <= 0) return;
  ::kill(process_, SIGTERM);
  (void)wait();
}

Status ChildProcess::wait() {
  int how = 0;
  const pid_t ended = ::waitpid(process_, &how, 0);
  process_ = 0;
  if (ended < 0 || !WIFEXITED(how) || WEXITSTATUS(how) != 0)
    return Error(Code::kInternal, "a child process did not end well");
  return {};
}

bool ChildProcess::is_running() const { return process_ > 0 && ::kill(process_, 0) == 0; }

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }
std::string own_folder() { return std::filesystem::path(own_path()).parent_path().string(); }

}  // namespace thuisbasis::bench
