// SPDX-License-Identifier: EUPL-1.2
// All commands, in the order of --help.
#include <array>
#include <iterator>

#include "tools/thuisbasis/command.h"

namespace thuisbasis {
namespace {

constexpr std::array<CommandGroup, 4> kGroups = {{
    {"municipality", Text::kMunicipalitySummary},
    {"archive", Text::kArchiveSummary},
    {"circle", Text::kCircleSummary},
    {"docs", Text::kDocsSummary},
}};

using Shape = ParameterSpec::Shape;
const std::array<ParameterSpec, 4> kCommon = {{
    {Shape::kOption, "--vault", "DIR", Text::kArgVault, false},
    {Shape::kOption, "--passphrase-file", "FILE", Text::kArgPassphraseFile, false},
    {Shape::kOption, "--lang", "nl|en", Text::kArgLanguage, false},
    {Shape::kFlag, "--json", "", Text::kArgJson, false},
}};

std::vector<CommandSpec> collect() {
  std::vector<CommandSpec> all;
  for (auto* group : {municipality_commands, approval_commands, archive_commands, join_commands,
                      circle_commands, member_commands, record_commands, reading_commands, conflict_commands,
                      transfer_commands, sync_commands, care_commands, docs_commands}) {
    std::vector<CommandSpec> commands = group();
    std::move(commands.begin(), commands.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<CommandSpec>& all_commands() {
  static const std::vector<CommandSpec> kAll = collect();
  return kAll;
}

std::span<const CommandGroup> command_groups() { return kGroups; }
std::span<const ParameterSpec> common_parameters() { return kCommon; }

}  // namespace thuisbasis
