// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tools/thuisbasis/command_line.h"

namespace thuisbasis {

/// Runs a command that was understood, and says what went wrong; the exit code.
int run_command(const CommandLine& line, Console& console, VaultAccess& access);
/// The whole program: understands, finds the owner of the vault or opens it, runs; the exit code.
int run_program(const std::vector<std::string>& arguments, Console& console);

}  // namespace thuisbasis
