// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/writer_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thuisbasis::crash {

WriterProcess::WriterProcess(const std::string& path, std::uint64_t seed, std::uint64_t file_bytes_max) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const std::string seed_text = std::to_string(seed);
  child_ = ::fork();
  EXPECT_GE(child_, 0);
  if (child_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    if (file_bytes_max != 0) {
      const rlimit limit{file_bytes_max, file_bytes_max};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);  // the write fails instead
    }
    ::execl(TB_VAULT_WRITER, TB_VAULT_WRITER, path.c_str(), seed_text.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  from_ = ends[0];
}

WriterProcess::~WriterProcess() { ::close(from_); }

std::optional<std::int64_t> WriterProcess::next() {
  std::int64_t number = 0;
  std::size_t got = 0;
  while (got < sizeof number) {
    const ssize_t count = ::read(from_, reinterpret_cast<char*>(&number) + got, sizeof number - got);
    if (count <= 0) return std::nullopt;
    got += static_cast<std::size_t>(count);
  }
  return number;
}

void WriterProcess::kill() { ::kill(child_, SIGKILL); }

bool WriterProcess::was_killed() {
  int status = 0;
  EXPECT_EQ(::waitpid(child_, &status, 0), child_);
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) > 1) << "it did not end as it should";
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace thuisbasis::crash
