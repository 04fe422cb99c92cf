// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/texts.h"

#include <array>

#include "tools/thuisbasis/printable.h"

namespace thuisbasis {
namespace {

struct Row {
  std::string_view dutch;
  std::string_view english;
};

constexpr std::array<Row, static_cast<std::size_t>(Text::kCount)> kTexts = {{
#define TB_TEXT(key, dutch, english) {dutch, english},
#include "tools/thuisbasis/help_texts.def"
#include "tools/thuisbasis/texts.def"
#undef TB_TEXT
}};

}  // namespace

std::string_view text(Language language, Text key) {
  const Row& row = kTexts[static_cast<std::size_t>(key)];
  return language == Language::kDutch ? row.dutch : row.english;
}

std::string say(Language language, Text key, std::initializer_list<std::string_view> parts) {
  const std::string_view pattern = text(language, key);
  std::string said;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool is_place = pattern[at] == '{' && at + 2 < pattern.size() && pattern[at + 2] == '}' &&
                          pattern[at + 1] >= '0' && pattern[at + 1] <= '9';
    if (!is_place) {
      said += pattern[at];
      continue;
    }
    const auto index = static_cast<std::size_t>(pattern[at + 1] - '0');
    if (index < parts.size()) said += printable(parts.begin()[index]);
    at += 2;
  }
  return said;
}

std::optional<Language> parse_language(std::string_view code) {
  if (code == "nl") return Language::kDutch;
  if (code == "en") return Language::kEnglish;
  return std::nullopt;
}

std::string_view language_code(Language language) { return language == Language::kDutch ? "nl" : "en"; }

}  // namespace thuisbasis
