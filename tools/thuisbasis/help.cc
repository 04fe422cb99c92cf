// SPDX-License-Identifier: EUPL-1.2
// What --help says.
#include <algorithm>

#include "tools/thuisbasis/command_line.h"
#include "tools/thuisbasis/explain.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kColumn = 30;

/// "  left          right", with the right side on a line of its own where the left is long.
std::string entry(const std::string& left, std::string_view right) {
  std::string line = "  " + left;
  if (line.size() + 2 > kColumn)
    line += "\n" + std::string(kColumn, ' ');
  else
    line.append(kColumn - line.size(), ' ');
  return line + std::string(right) + "\n";
}

std::string as_given(const ParameterSpec& parameter) {
  using Shape = ParameterSpec::Shape;
  switch (parameter.shape) {
    case Shape::kWord:
      return parameter.placeholder;
    case Shape::kWords:
      return std::string(parameter.placeholder) + " ...";
    case Shape::kOption:
      return std::string(parameter.name) + " " + parameter.placeholder;
    case Shape::kFlag:
      break;
  }
  return parameter.name;
}

std::string parameters(Language language, std::span<const ParameterSpec> list) {
  std::string lines;
  for (const ParameterSpec& parameter : list)
    lines += entry(as_given(parameter), text(language, parameter.help));
  return lines;
}

std::string commands_below(Language language, std::string_view group) {
  std::string lines;
  for (const CommandSpec& command : all_commands()) {
    const std::string path = command.path;
    if (path.substr(0, path.find(' ')) == group && path.find(' ') != std::string::npos)
      lines += entry(path, text(language, command.summary));
  }
  return lines;
}

std::string exit_lines(Language language) {
  std::string lines;
  for (const ExitSpec& exit : exit_codes())
    lines += entry(std::to_string(static_cast<int>(exit.code)), text(language, exit.meaning));
  return lines;
}

std::string heading(Language language, Text key) { return "\n" + std::string(text(language, key)) + "\n"; }

}  // namespace

std::string usage_line(Language language, const CommandSpec& command) {
  std::string line = std::string("thuisbasis ") + command.path;
  for (const ParameterSpec& parameter : command.parameters) {
    if (parameter.required)
      line += " " + as_given(parameter);
    else if (parameter.shape == ParameterSpec::Shape::kWord ||
             parameter.shape == ParameterSpec::Shape::kWords)
      line += " [" + as_given(parameter) + "]";
  }
  const bool optional =
      std::any_of(command.parameters.begin(), command.parameters.end(), [](const ParameterSpec& one) {
        return !one.required &&
               (one.shape == ParameterSpec::Shape::kOption || one.shape == ParameterSpec::Shape::kFlag);
      });
  return optional ? line + " [" + std::string(text(language, Text::kHelpOptions)) + "]" : line;
}

std::string command_help(Language language, const CommandSpec& command) {
  std::string help = std::string(text(language, command.summary)) + "\n";
  help += heading(language, Text::kHelpUsage) + "  " + usage_line(language, command) + "\n";
  help += "\n" + std::string(text(language, command.explanation)) + "\n";
  if (!command.parameters.empty())
    help += heading(language, Text::kHelpParameters) + parameters(language, command.parameters);
  help += heading(language, Text::kHelpCommon) + parameters(language, common_parameters());
  help += heading(language, Text::kHelpExamples);
  std::string line;
  for (const char c : std::string(command.examples) + "\n") {
    if (c == '\n') {
      if (!line.empty()) help += "  " + line + "\n";
      line.clear();
    } else {
      line += c;
    }
  }
  return help;
}

std::string group_help(Language language, const CommandGroup& group) {
  std::string help = std::string(text(language, group.summary)) + "\n";
  help += heading(language, Text::kHelpCommands) + commands_below(language, group.name);
  return help + "\n" + std::string(text(language, Text::kHelpMore)) + "\n";
}

std::string program_help(Language language) {
  std::string help = "thuisbasis: " + std::string(text(language, Text::kHelpTagline)) + "\n";
  help += heading(language, Text::kHelpUsage) + "  thuisbasis " +
          std::string(text(language, Text::kHelpCommand)) + " [" +
          std::string(text(language, Text::kHelpOptions)) + "]\n";
  help += heading(language, Text::kHelpCommands);
  for (const CommandGroup& group : command_groups())
    help += entry(std::string(group.name) + " ...", text(language, group.summary));
  for (const CommandSpec& command : all_commands()) {
    if (std::string_view(command.path).find(' ') == std::string_view::npos)
      help += entry(command.path, text(language, command.summary));
  }
  help += heading(language, Text::kHelpCommon) + parameters(language, common_parameters());
  help += heading(language, Text::kHelpExitCodes) + exit_lines(language);
  help += heading(language, Text::kHelpExamples) +
          "  thuisbasis join --invitation-file uitnodiging.txt --name \"Anneke, tablet\" --request-out "
          "aanvraag.bin\n"
          "  thuisbasis put Goal statement=\"Elke ochtend op tijd\" domain=school --circle \"kern Brouwer\"\n"
          "  thuisbasis search broodtrommel\n"
          "  thuisbasis sync\n";
  return help + "\n" + std::string(text(language, Text::kHelpMore)) + "\n";
}

}  // namespace thuisbasis
