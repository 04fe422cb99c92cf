// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/program.h"

#include <algorithm>
#include <filesystem>

#include "tools/thuisbasis/agent.h"
#include "tools/thuisbasis/explain.h"

namespace thuisbasis {
namespace {

int tell_error(const Settings& settings, Console& console, const Error& error) {
  console.error(settings.json ? error_row(settings.language, error).json() + "\n"
                              : error_text(settings.language, error));
  return static_cast<int>(exit_code(error.code()));
}

/// Only a file named "-" is read from standard input.
bool reads_input(const Arguments& arguments) { return arguments.get("file") == "-"; }

}  // namespace

int run_command(const CommandLine& line, Console& console, VaultAccess& access) {
  if (line.command == nullptr) {
    console.out(line.help);
    console.error(line.wrong);
    return static_cast<int>(line.wrong.empty() ? Exit::kDone : Exit::kUsage);
  }
  Context context{console, line.settings, line.arguments, access};
  const Status status = line.command->run(context);
  return status ? static_cast<int>(Exit::kDone) : tell_error(line.settings, console, status.error());
}

int run_program(const std::vector<std::string>& arguments, Console& console) {
  CommandLine line = parse_command_line(arguments, surroundings());
  // Once absolute, the folder means the same to every process.
  std::error_code ignored;
  line.settings.vault_folder = std::filesystem::absolute(line.settings.vault_folder, ignored).string();
  const bool wants_file = line.arguments.has("--watch") || line.arguments.has("--repair");
  if (line.command != nullptr && line.command->home == Home::kOwner && !wants_file) {
    const auto exit = run_at_owner(line.settings.vault_folder, arguments, line.settings.language, console,
                                   reads_input(line.arguments));
    if (!exit) return tell_error(line.settings, console, exit.error());
    if (*exit) return **exit;
  }
  OwnVaultAccess access({line.settings.vault_folder},
                        PassphraseSource(console, line.settings.passphrase_file, line.settings.language));
  return run_command(line, console, access);
}

}  // namespace thuisbasis
