// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "tools/thuisbasis/arguments.h"
#include "tools/thuisbasis/console.h"
#include "tools/thuisbasis/printable.h"
#include "tools/thuisbasis/row.h"
#include "tools/thuisbasis/texts.h"
#include "tools/thuisbasis/vault_access.h"

namespace thuisbasis {

/// What every command can be told, before or after its name.
struct Settings {
  std::string vault_folder;
  std::string passphrase_file;
  bool json = false;
  Language language = Language::kDutch;
};

/// Everything a running command may touch. One thread.
struct Context {
  Console& console;
  const Settings& settings;
  const Arguments& arguments;
  VaultAccess& access;

  Result<OpenVault*> open() const { return access.open(); }
  std::string say(Text key, std::initializer_list<std::string_view> parts = {}) const {
    return thuisbasis::say(settings.language, key, parts);
  }
  /// One answer: a line for people, or one JSON object on a line of its own with --json.
  void answer(std::string_view line, const Row& row) const {
    console.out(settings.json ? row.json() : printable(line));
    console.out("\n");
  }
  /// Something beside the answer; not with --json.
  void remark(std::string_view line) const {
    if (!settings.json) console.error(std::string(line) + "\n");
  }
};

struct ParameterSpec {
  enum class Shape {
    kWord,    ///< a positional
    kWords,   ///< one or more positionals, the last parameter
    kOption,  ///< --name VALUE
    kFlag,    ///< --name
  };
  Shape shape;
  const char* name;
  const char* placeholder;  ///< how its value is called in the help; empty for flags
  Text help;
  bool required = false;
};

/// Where a command runs when another process owns the vault.
enum class Home {
  kHere,   ///< always in this process
  kOwner,  ///< in the process that owns the vault, if there is one
};

/// One command: parser, help, manual page and completion follow from it.
struct CommandSpec {
  const char* path;  ///< "circle list"
  Text summary;
  Text explanation;
  const char* examples;  ///< command lines, one a line
  std::vector<ParameterSpec> parameters;
  Home home;
  bool writes;  ///< may leave something for the relay
  Status (*run)(Context&);
};

/// Commands with a common first word.
struct CommandGroup {
  const char* name;
  Text summary;
};

const std::vector<CommandSpec>& all_commands();
std::span<const CommandGroup> command_groups();
/// The parameters of Settings.
std::span<const ParameterSpec> common_parameters();

std::vector<CommandSpec> municipality_commands();
std::vector<CommandSpec> approval_commands();
std::vector<CommandSpec> archive_commands();
std::vector<CommandSpec> join_commands();
std::vector<CommandSpec> circle_commands();
std::vector<CommandSpec> member_commands();
std::vector<CommandSpec> record_commands();
std::vector<CommandSpec> reading_commands();
std::vector<CommandSpec> conflict_commands();
std::vector<CommandSpec> transfer_commands();
std::vector<CommandSpec> sync_commands();
std::vector<CommandSpec> care_commands();
std::vector<CommandSpec> docs_commands();

}  // namespace thuisbasis
