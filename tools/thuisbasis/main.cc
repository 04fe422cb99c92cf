// SPDX-License-Identifier: EUPL-1.2
#include <google/protobuf/stubs/logging.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "tools/thuisbasis/program.h"

int main(int count, char** words) {
  // A reader that went away is an error of writing, not the end of a half-done command.
  std::signal(SIGPIPE, SIG_IGN);
  // What a foreign message lacks is told as an error of ours, not by the library on its own.
  google::protobuf::SetLogHandler(nullptr);
  const std::vector<std::string> arguments(words + 1, words + count);
  thuisbasis::TerminalConsole console;
  const int exit = thuisbasis::run_program(arguments, console);
  if (std::fflush(stdout) != 0 && exit == 0) return 1;
  return exit;
}
