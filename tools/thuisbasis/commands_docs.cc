// SPDX-License-Identifier: EUPL-1.2
// thuisbasis docs man, bash, zsh, fish: all from the command table.
#include <set>

#include "tools/thuisbasis/command_line.h"
#include "tools/thuisbasis/explain.h"

namespace thuisbasis {
namespace {

// ---- The manual page (man 7 groff_man) ----

/// Text that roff leaves as it is.
std::string roff(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const bool begins_line = safe.empty() || safe.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) safe += "\\&";
    if (c == '\\')
      safe += "\\e";
    else if (c == '-')
      safe += "\\-";
    else
      safe += c;
  }
  return safe;
}

std::string section(Language language, Text title) {
  return ".SH " + std::string(text(language, title)) + "\n";
}
std::string tagged(const std::string& tag, std::string_view body) {
  return ".TP\n.B " + roff(tag) + "\n" + roff(body) + "\n";
}

std::string given(const ParameterSpec& parameter) {
  if (parameter.shape == ParameterSpec::Shape::kFlag) return parameter.name;
  if (parameter.shape == ParameterSpec::Shape::kOption)
    return std::string(parameter.name) + " " + parameter.placeholder;
  return parameter.placeholder;
}

std::string man_command(Language language, const CommandSpec& command) {
  std::string page = ".SS " + roff(usage_line(language, command)) + "\n";
  page +=
      roff(text(language, command.summary)) + ".\n.PP\n" + roff(text(language, command.explanation)) + "\n";
  for (const ParameterSpec& parameter : command.parameters)
    page += tagged(given(parameter), text(language, parameter.help));
  return page + ".PP\n.nf\n" + roff(command.examples) + "\n.fi\n";
}

std::string man_page(Language language) {
  std::string page = ".TH THUISBASIS 1 \"\" \"Thuisbasis\" \"\"\n";
  page +=
      section(language, Text::kManName) + "thuisbasis \\- " + roff(text(language, Text::kHelpTagline)) + "\n";
  page += section(language, Text::kManSynopsis) + ".B thuisbasis\n" +
          roff(text(language, Text::kHelpCommand)) + " [" + roff(text(language, Text::kHelpOptions)) + "]\n";
  page += section(language, Text::kManOptions);
  for (const ParameterSpec& parameter : common_parameters())
    page += tagged(given(parameter), text(language, parameter.help));
  page += section(language, Text::kManCommands);
  for (const CommandSpec& command : all_commands()) page += man_command(language, command);
  page += section(language, Text::kManExit);
  for (const ExitSpec& exit : exit_codes())
    page += tagged(std::to_string(static_cast<int>(exit.code)), text(language, exit.meaning));
  page += section(language, Text::kManEnvironment);
  page += tagged("THUISBASIS_VAULT", text(language, Text::kEnvVault));
  page += tagged("THUISBASIS_PASSPHRASE", text(language, Text::kEnvPassphrase));
  page += tagged("THUISBASIS_LANG", text(language, Text::kEnvLanguage));
  page += section(language, Text::kManFiles);
  page += tagged("vault.db", text(language, Text::kFileDatabase));
  page += tagged("key.wrap", text(language, Text::kFileKey));
  page += tagged("ca.pem", text(language, Text::kFileCa));
  page += tagged("agent.sock", text(language, Text::kFileSocket));
  return page;
}

// ---- Completion ----

std::string first_word(std::string_view path) { return std::string(path.substr(0, path.find(' '))); }
std::string second_word(std::string_view path) {
  const std::size_t space = path.find(' ');
  return space == std::string_view::npos ? "" : std::string(path.substr(space + 1));
}

std::vector<std::string> options_of(const CommandSpec& command) {
  std::vector<std::string> options;
  for (const ParameterSpec& parameter : command.parameters)
    if (parameter.name[0] == '-') options.emplace_back(parameter.name);
  for (const ParameterSpec& parameter : common_parameters()) options.emplace_back(parameter.name);
  options.emplace_back("--help");
  return options;
}

std::string words(const std::vector<std::string>& list) {
  std::string line;
  for (const std::string& word : list) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::vector<std::string> top_words() {
  std::vector<std::string> list;
  std::set<std::string> seen;
  for (const CommandSpec& command : all_commands())
    if (seen.insert(first_word(command.path)).second) list.push_back(first_word(command.path));
  return list;
}

std::vector<std::string> words_below(std::string_view group) {
  std::vector<std::string> list;
  for (const CommandSpec& command : all_commands())
    if (first_word(command.path) == group && !second_word(command.path).empty())
      list.push_back(second_word(command.path));
  return list;
}

std::string bash_script() {
  std::string script =
      "# bash completion of thuisbasis\n_thuisbasis() {\n  local word=${COMP_WORDS[COMP_CWORD]} choices\n";
  script += "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  for (const CommandSpec& command : all_commands())
    script += std::string("    '") + command.path + (second_word(command.path).empty() ? " '*" : "'") +
              ") choices='" + words(options_of(command)) + "' ;;\n";
  for (const CommandGroup& group : command_groups())
    script +=
        std::string("    '") + group.name + " '*) choices='" + words(words_below(group.name)) + "' ;;\n";
  script += "    *) choices='" + words(top_words()) + "' ;;\n  esac\n";
  script += "  ((COMP_CWORD == 1)) && choices='" + words(top_words()) + "'\n";
  return script +
         "  COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n}\ncomplete -o default -F _thuisbasis "
         "thuisbasis\n";
}

/// Text inside single quotes of a shell.
std::string quoted(std::string_view text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return safe + "'";
}

std::string zsh_script(Language language) {
  std::string script =
      "#compdef thuisbasis\n_thuisbasis() {\n  local -a choices\n  case \"${words[2]} ${words[3]}\" in\n";
  for (const CommandSpec& command : all_commands())
    script += std::string("    '") + command.path + (second_word(command.path).empty() ? " '*" : "'") +
              ") choices=(" + words(options_of(command)) + ") ;;\n";
  for (const CommandGroup& group : command_groups())
    script +=
        std::string("    '") + group.name + " '*) choices=(" + words(words_below(group.name)) + ") ;;\n";
  script += "  esac\n  if ((CURRENT == 2)); then\n    choices=(\n";
  for (const CommandGroup& group : command_groups())
    script +=
        "      " + quoted(std::string(group.name) + ":" + std::string(text(language, group.summary))) + "\n";
  for (const CommandSpec& command : all_commands())
    if (second_word(command.path).empty())
      script += "      " +
                quoted(std::string(command.path) + ":" + std::string(text(language, command.summary))) + "\n";
  return script + "    )\n  fi\n  _describe 'thuisbasis' choices || _files\n}\n_thuisbasis \"$@\"\n";
}

std::string fish_script(Language language) {
  std::string script = "# fish completion of thuisbasis\n";
  const std::string start = "complete -c thuisbasis ";
  for (const CommandGroup& group : command_groups())
    script += start + "-n __fish_use_subcommand -a " + group.name + " -d " +
              quoted(text(language, group.summary)) + "\n";
  for (const CommandSpec& command : all_commands()) {
    const std::string first = first_word(command.path);
    const std::string second = second_word(command.path);
    const std::string when =
        second.empty() ? "__fish_use_subcommand" : "'__fish_seen_subcommand_from " + first + "'";
    script += start + "-n " + when + " -a " + (second.empty() ? first : second) + " -d " +
              quoted(text(language, command.summary)) + "\n";
    const std::string inside = "'__fish_seen_subcommand_from " + (second.empty() ? first : second) + "'";
    for (const ParameterSpec& parameter : command.parameters)
      if (parameter.name[0] == '-')
        script += start + "-n " + inside + " -l " + std::string(parameter.name).substr(2) +
                  (parameter.shape == ParameterSpec::Shape::kOption ? " -r" : "") + " -d " +
                  quoted(text(language, parameter.help)) + "\n";
  }
  for (const ParameterSpec& parameter : common_parameters())
    script += start + "-l " + std::string(parameter.name).substr(2) +
              (parameter.shape == ParameterSpec::Shape::kOption ? " -r" : "") + " -d " +
              quoted(text(language, parameter.help)) + "\n";
  return script;
}

Status man(Context& context) {
  context.console.out(man_page(context.settings.language));
  return {};
}
Status bash(Context& context) {
  context.console.out(bash_script());
  return {};
}
Status zsh(Context& context) {
  context.console.out(zsh_script(context.settings.language));
  return {};
}
Status fish(Context& context) {
  context.console.out(fish_script(context.settings.language));
  return {};
}

}  // namespace

std::vector<CommandSpec> docs_commands() {
  return {
      {"docs man",
       Text::kDocsManSummary,
       Text::kDocsManExplain,
       "thuisbasis docs man > thuisbasis.1\nthuisbasis docs man | man -l -",
       {},
       Home::kHere,
       false,
       man},
      {"docs bash",
       Text::kDocsBashSummary,
       Text::kDocsCompletionExplain,
       "thuisbasis docs bash > ~/.local/share/bash-completion/completions/thuisbasis",
       {},
       Home::kHere,
       false,
       bash},
      {"docs zsh",
       Text::kDocsZshSummary,
       Text::kDocsCompletionExplain,
       "thuisbasis docs zsh > ~/.zfunc/_thuisbasis",
       {},
       Home::kHere,
       false,
       zsh},
      {"docs fish",
       Text::kDocsFishSummary,
       Text::kDocsCompletionExplain,
       "thuisbasis docs fish > ~/.config/fish/completions/thuisbasis.fish",
       {},
       Home::kHere,
       false,
       fish},
  };
}

}  // namespace thuisbasis
