// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tools/thuisbasis/explain.h"
#include "tools/thuisbasis/return_words.h"

namespace thuisbasis {
namespace {

std::set<char> places(std::string_view text) {
  std::set<char> found;
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '{' && text[i + 2] == '}') found.insert(text[i + 1]);
  return found;
}

TEST(Texts, StandInBothLanguagesWithTheSamePlaces) {
  for (int i = 0; i < static_cast<int>(Text::kCount); ++i) {
    const auto key = static_cast<Text>(i);
    const std::string_view dutch = text(Language::kDutch, key);
    const std::string_view english = text(Language::kEnglish, key);
    EXPECT_FALSE(dutch.empty()) << i;
    EXPECT_FALSE(english.empty()) << dutch;
    EXPECT_EQ(places(dutch), places(english)) << dutch;
  }
}

TEST(Texts, FillTheirPlaces) {
  EXPECT_EQ(say(Language::kDutch, Text::kStatusCount, {"a", "b"}), "a: b");
  EXPECT_EQ(say(Language::kDutch, Text::kStateReturned, {"{0}"}), "Teruggestuurd: {0}");
}

TEST(Texts, SayTheSyncWordsOfTheProduct) {
  EXPECT_EQ(text(Language::kDutch, Text::kStatePending), "Opgeslagen op dit apparaat");
  EXPECT_EQ(text(Language::kDutch, Text::kStateSent), "Verstuurd, nog niet bevestigd");
  EXPECT_EQ(text(Language::kDutch, Text::kStateConfirmed), "Bevestigd");
  EXPECT_EQ(text(Language::kDutch, Text::kOffline), "Je werkt zonder internet. Dat mag.");
  EXPECT_EQ(text(Language::kDutch, Text::kDifference), "Verschil met een ander");
}

TEST(Explain, HasWordsOfItsOwnForEveryErrorCode) {
  for (unsigned number = 1; number < 1000; ++number) {
    const auto code = static_cast<Code>(number);
    if (code_name(code) == "unknown") continue;
    EXPECT_NE(exit_code(code), Exit::kDone) << code_name(code);
    if (code != Code::kInternal) {
      EXPECT_NE(explain(code).what, explain(Code::kInternal).what) << code_name(code);
    }
  }
}

TEST(Explain, SaysWhatHappenedToWhatAndWhatToDo) {
  const std::string said = error_text(Language::kEnglish, Error(Code::kWrongPassphrase, "key.wrap"));
  EXPECT_NE(said.find("The passphrase is wrong."), std::string::npos);
  EXPECT_NE(said.find("key.wrap"), std::string::npos);
  EXPECT_NE(said.find("What to do:"), std::string::npos);
}

TEST(Explain, ListsEveryExitCodeOnce) {
  std::set<Exit> listed;
  for (const ExitSpec& exit : exit_codes()) EXPECT_TRUE(listed.insert(exit.code).second);
  for (unsigned number = 1; number < 1000; ++number) {
    const auto code = static_cast<Code>(number);
    if (code_name(code) != "unknown") {
      EXPECT_EQ(listed.count(exit_code(code)), 1U) << code_name(code);
    }
  }
}

TEST(Texts, TellEveryReasonOfARefusalApart) {
  std::set<std::string> codes;
  std::set<Text> sentences;
  constexpr std::size_t kReasons = static_cast<std::size_t>(ReturnReason::kBadEntry);
  for (std::size_t i = 1; i <= kReasons; ++i) {
    const ReturnWords words = words_of(static_cast<ReturnReason>(i));
    codes.insert(words.code);
    sentences.insert(words.sentence);
  }
  EXPECT_EQ(codes.size(), kReasons);
  EXPECT_EQ(sentences.size(), kReasons);
  EXPECT_NE(say(Language::kEnglish, words_of(std::nullopt).sentence, {"99"}).find("99"), std::string::npos)
      << "a later version's reason is told by its number";
}

}  // namespace
}  // namespace thuisbasis
