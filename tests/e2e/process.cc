// SPDX-License-Identifier: EUPL-1.2
#include "tests/e2e/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace thuisbasis::e2e {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr int kPassedOn = 3;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const Process::Start& start, char* const* arguments, char* const* environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is cut off leaves nothing running
  const int output = ::open(start.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (output < 0 || ::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) ::_exit(126);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) ::_exit(126);
  if (start.passed_on >= 0 && ::dup2(start.passed_on, kPassedOn) < 0) ::_exit(126);
  for (int other = start.passed_on >= 0 ? kPassedOn + 1 : kPassedOn; other < 64; ++other) ::close(other);
  if (start.file_bytes_max != 0) {
    const rlimit limit{start.file_bytes_max, start.file_bytes_max};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(126);
    ::signal(SIGXFSZ, SIG_IGN);  // the write fails with EFBIG instead
  }
  ::execve(start.program.c_str(), arguments, environment);
  ::_exit(127);
}

}  // namespace

bool eventually(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(2'000);
  }
  return true;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Process::Process(const Start& start) {
  std::vector<std::string> arguments{start.program};
  arguments.insert(arguments.end(), start.arguments.begin(), start.arguments.end());
  std::vector<std::string> environment = start.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  const auto argument_list = pointers(arguments);
  const auto environment_list = pointers(environment);
  process_ = ::fork();
  if (process_ == 0) become(start, argument_list.data(), environment_list.data());
  EXPECT_GT(process_, 0) << "fork failed";
}

Process::~Process() {
  if (!running()) return;
  signal(SIGKILL);
  wait();
}

void Process::signal(int number) const {
  if (running()) ::kill(process_, number);
}

int Process::wait() {
  int status = 0;
  EXPECT_EQ(::waitpid(process_, &status, 0), process_);
  process_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::optional<int> Process::wait_a_while() {
  siginfo_t ended{};  // left to be waited for
  const bool has_ended = eventually([&] {
    return ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == process_;
  });
  return has_ended ? std::optional(wait()) : std::nullopt;
}

int run(const Process::Start& start) { return Process(start).wait(); }

MarkReader::MarkReader() { EXPECT_EQ(::pipe(ends_), 0); }

MarkReader::~MarkReader() {
  ::close(ends_[0]);
  close_writing_end();
}

void MarkReader::close_writing_end() {
  if (ends_[1] >= 0) ::close(ends_[1]);
  ends_[1] = -1;
}

std::optional<char> MarkReader::next(std::chrono::milliseconds time_max) {
  pollfd wanted{ends_[0], POLLIN, 0};
  char mark = 0;
  if (::poll(&wanted, 1, static_cast<int>(time_max.count())) != 1 || ::read(ends_[0], &mark, 1) != 1)
    return {};
  return mark;
}

std::string MarkReader::drain() {
  std::string marks;
  while (const auto mark = next(std::chrono::milliseconds(0))) marks += *mark;
  return marks;
}

}  // namespace thuisbasis::e2e
