// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tools/thuisbasis/command.h"

namespace thuisbasis {

/// A command line, understood.
struct CommandLine {
  const CommandSpec* command = nullptr;  ///< null: there is only something to say
  Arguments arguments;
  Settings settings;
  std::string help;   ///< for standard output
  std::string wrong;  ///< for the error stream, with exit code kUsage
};

/// What the environment says where the command line is silent.
struct Surroundings {
  std::string vault_folder;
  Language language = Language::kDutch;
};
Surroundings surroundings();

CommandLine parse_command_line(const std::vector<std::string>& arguments, const Surroundings& around);

// ---- Texts of --help and of the manual ----
std::string program_help(Language language);
std::string group_help(Language language, const CommandGroup& group);
std::string command_help(Language language, const CommandSpec& command);
/// "thuisbasis get ID [--json]"
std::string usage_line(Language language, const CommandSpec& command);

}  // namespace thuisbasis
