// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace thuisbasis {

enum class Language { kDutch, kEnglish };

/// Every text that a person reads, in both languages: texts.def and help_texts.def.
enum class Text {
#define TB_TEXT(key, dutch, english) key,
#include "tools/thuisbasis/help_texts.def"
#include "tools/thuisbasis/texts.def"
#undef TB_TEXT
  kCount
};

std::string_view text(Language language, Text key);
/// The text with {0}, {1}, ... replaced, these made printable.
std::string say(Language language, Text key, std::initializer_list<std::string_view> parts = {});
std::optional<Language> parse_language(std::string_view code);  ///< "nl", "en"
std::string_view language_code(Language language);

}  // namespace thuisbasis
