// SPDX-License-Identifier: EUPL-1.2
// The only file that knows CLI11. Its parsers are built from the command table, so help, manual page and
// completion cannot differ from what is understood.
#include "tools/thuisbasis/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <deque>

#include "core/base/ids.h"
#include "tools/thuisbasis/find.h"

namespace thuisbasis {
namespace {

/// Where CLI11 puts what it reads for one parameter.
struct Slot {
  std::string name;
  std::vector<std::string> values;
  bool flag = false;
};
using Slots = std::deque<Slot>;  // CLI11 keeps references

void add_parameter(CLI::App& app, const ParameterSpec& parameter, Slots& slots) {
  Slot& slot = slots.emplace_back();
  slot.name = parameter.name;
  CLI::Option* option = nullptr;
  if (parameter.shape == ParameterSpec::Shape::kFlag) {
    app.add_flag(parameter.name, slot.flag);
    return;
  }
  option = app.add_option(parameter.name, slot.values);
  if (parameter.shape == ParameterSpec::Shape::kWords) {
    option->expected(parameter.required ? 1 : 0, CLI::detail::expected_max_vector_size);
  } else {
    option->expected(1);
    option->allow_extra_args(false);
  }
  option->required(parameter.required);
}

/// An id may begin with a dash, which would read as an option: it gets the mark that says what it is.
std::string marked_id(const std::string& argument) {
  const bool is_id = argument.size() > 2 && argument.front() == '-' && RecordId::parse(argument).has_value();
  return is_id ? std::string(kIdMark) + argument : argument;
}

struct Parser {
  explicit Parser(const Surroundings& around) : app("", "thuisbasis") {
    settings.vault_folder = around.vault_folder;
    settings.language = around.language;
    prepare(app);
    for (const ParameterSpec& parameter : common_parameters()) add_parameter(app, parameter, common);
    app.require_subcommand(0, 1);
    for (const CommandGroup& group : command_groups()) {
      CLI::App* parent = app.add_subcommand(group.name);
      prepare(*parent);
      parent->require_subcommand(0, 1);
      groups.emplace_back(parent, &group);
    }
    for (const CommandSpec& command : all_commands()) add(command);
  }

  static void prepare(CLI::App& target) {
    target.set_help_flag("-h,--help");
    target.fallthrough();
  }

  void add(const CommandSpec& command) {
    const std::string path = command.path;
    const std::size_t space = path.find(' ');
    CLI::App* parent = space == std::string::npos ? &app : app.get_subcommand(path.substr(0, space));
    CLI::App* own = parent->add_subcommand(space == std::string::npos ? path : path.substr(space + 1));
    prepare(*own);
    Slots& slots = commands.emplace_back(own, &command, Slots()).slots;
    for (const ParameterSpec& parameter : command.parameters) add_parameter(*own, parameter, slots);
  }

  struct Command {
    Command(CLI::App* its_app, const CommandSpec* its_spec, Slots its_slots)
        : app(its_app), spec(its_spec), slots(std::move(its_slots)) {}
    CLI::App* app;
    const CommandSpec* spec;
    Slots slots;
  };

  Command* chosen() {
    for (Command& command : commands)
      if (command.app->parsed()) return &command;
    return nullptr;
  }
  const CommandGroup* chosen_group() const {
    for (const auto& [parser, group] : groups)
      if (parser->parsed()) return group;
    return nullptr;
  }

  CLI::App app;
  Settings settings;
  Slots common;
  std::deque<Command> commands;
  std::vector<std::pair<CLI::App*, const CommandGroup*>> groups;
};

void collect(const Slots& slots, Arguments& arguments) {
  for (const Slot& slot : slots) {
    if (slot.flag) arguments.add(slot.name, "true");
    for (const std::string& value : slot.values) arguments.add(slot.name, value);
  }
}

/// The language has to be known before anything can be said, so it is looked for first.
Language wanted_language(const std::vector<std::string>& arguments, Language otherwise) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::optional<Language> language;
    if (arguments[i] == "--lang" && i + 1 < arguments.size()) language = parse_language(arguments[i + 1]);
    if (arguments[i].rfind("--lang=", 0) == 0) language = parse_language(arguments[i].substr(7));
    if (language) return *language;
  }
  return otherwise;
}

std::string help_of(Language language, Parser& parser) {
  if (const Parser::Command* command = parser.chosen()) return command_help(language, *command->spec);
  if (const CommandGroup* group = parser.chosen_group()) return group_help(language, *group);
  return program_help(language);
}

std::string usage_error(Language language, Parser& parser, Text what, const std::string& detail) {
  std::string program = "thuisbasis";
  if (const Parser::Command* command = parser.chosen())
    program += std::string(" ") + command->spec->path;
  else if (const CommandGroup* group = parser.chosen_group())
    program += std::string(" ") + group->name;
  return say(language, what, {detail}) + "\n" + say(language, Text::kUsageSee, {program}) + "\n";
}

void take_settings(const Arguments& common, Settings& settings) {
  settings.json = common.has("--json");
  settings.passphrase_file = common.get("--passphrase-file");
  if (const auto folder = common.find("--vault")) settings.vault_folder = *folder;
}

}  // namespace

Surroundings surroundings() {
  Surroundings around;
  if (const char* language = std::getenv("THUISBASIS_LANG"))
    around.language = parse_language(language).value_or(Language::kDutch);
  if (const char* folder = std::getenv("THUISBASIS_VAULT"))
    around.vault_folder = folder;
  else if (const char* data = std::getenv("XDG_DATA_HOME"))
    around.vault_folder = std::string(data) + "/thuisbasis";
  else if (const char* home = std::getenv("HOME"))
    around.vault_folder = std::string(home) + "/.local/share/thuisbasis";
  return around;
}

CommandLine parse_command_line(const std::vector<std::string>& arguments, const Surroundings& around) {
  Parser parser(around);
  CommandLine line;
  line.settings = parser.settings;
  const Language language = wanted_language(arguments, around.language);
  line.settings.language = language;
  std::vector<std::string> reversed;
  for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument)
    reversed.push_back(marked_id(*argument));
  try {
    parser.app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    line.help = help_of(language, parser);
    return line;
  } catch (const CLI::RequiredError& error) {
    line.wrong = usage_error(language, parser, Text::kUsageMissing, error.what());
    return line;
  } catch (const CLI::ExtrasError& error) {
    line.wrong = usage_error(language, parser, Text::kUsageUnknown, error.what());
    return line;
  } catch (const CLI::ParseError& error) {
    line.wrong = usage_error(language, parser, Text::kUsageWrong, error.what());
    return line;
  }
  Arguments common;
  collect(parser.common, common);
  take_settings(common, line.settings);
  const auto code = common.find("--lang");
  if (code && !parse_language(*code)) {
    line.wrong = usage_error(language, parser, Text::kUsageWrong, "--lang " + *code);
    return line;
  }
  if (const Parser::Command* command = parser.chosen()) {
    line.command = command->spec;
    collect(command->slots, line.arguments);
  } else {
    line.help = help_of(language, parser);
  }
  return line;
}

}  // namespace thuisbasis
