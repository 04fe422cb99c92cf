// SPDX-License-Identifier: EUPL-1.2
#include "core/base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/base/assert.h"

namespace thuisbasis {
namespace {

struct Row {
  std::string_view name;
  int number;
  Retry retry;
  std::string_view text;
};

const std::vector<Row>& table() {
  using enum Retry;
  static const std::vector<Row> rows = {
#define TB_ERROR(name, number, retry, text) {#name, number, retry, text},
#include "core/base/error.def"
#undef TB_ERROR
  };
  return rows;
}

/// The numbers as they were first given out. They are on disks and in other programs: a line may be added,
/// none changed.
const std::vector<std::string_view> kNames = {"kInternal",
                                              "kInvalidArgument",
                                              "kConflict",
                                              "kUnavailable",
                                              "kNotFound",
                                              "kAlreadyExists",
                                              "kMalformed",
                                              "kTooLarge",
                                              "kUnknownSuite",
                                              "kBadSignature",
                                              "kBadKey",
                                              "kDecryptFailed",
                                              "kWrongPassphrase",
                                              "kDamaged",
                                              "kDiskFull",
                                              "kIo",
                                              "kLocked",
                                              "kNotPermitted",
                                              "kNotMember",
                                              "kBrokenChain",
                                              "kFork",
                                              "kMissingDependency",
                                              "kExpired",
                                              "kClock",
                                              "kReplayed",
                                              "kUnknownDevice",
                                              "kUnreachable",
                                              "kCaptivePortal",
                                              "kTlsUntrusted",
                                              "kProtocol",
                                              "kImmutable",
                                              "kUnknownKind",
                                              "kUnknownField",
                                              "kSchemaTooNew",
                                              "kQuota",
                                              "kCancelled",
                                              "kStaleEpoch",
                                              "kStaleLog",
                                              "kNotUnlocked"};

TEST(ErrorTable, KeepsEveryNumberItEverGave) {
  ASSERT_GE(table().size(), kNames.size());
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    EXPECT_EQ(table()[i].name, kNames[i]);
    EXPECT_EQ(table()[i].number, static_cast<int>(i + 1)) << kNames[i];
  }
}

TEST(ErrorTable, HasUniqueNumbersNamesAndTexts) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  std::set<std::string_view> texts;
  for (const Row& row : table()) {
    EXPECT_GT(row.number, 0) << "zero means success in the C interface";
    EXPECT_TRUE(numbers.insert(row.number).second) << row.number;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(texts.insert(row.text).second) << row.text;
    EXPECT_FALSE(row.text.empty());
  }
}

TEST(ErrorTable, AnswersNameTextAndRetryForEveryCode) {
  for (const Row& row : table()) {
    const auto code = static_cast<Code>(row.number);
    EXPECT_EQ(code_name(code), row.name);
    EXPECT_EQ(code_text(code), row.text);
    EXPECT_EQ(Error(code, "").retry(), row.retry);
  }
}

TEST(ErrorTable, SaysUnknownForANumberOutsideIt) {
  EXPECT_EQ(code_name(static_cast<Code>(65535)), "unknown");
  EXPECT_EQ(code_text(static_cast<Code>(65535)), "unknown error");
  EXPECT_EQ(Error(static_cast<Code>(65535), "").retry(), Retry::kNever);
}

TEST(Error, PutsTextAndContextIntoItsMessage) {
  EXPECT_EQ(Error(Code::kDamaged, "page 7").message(), "stored data is damaged: page 7");
  EXPECT_EQ(Error(Code::kDamaged, "").message(), "stored data is damaged");
}

TEST(Error, TellsWhereItHappenedOutermostFirst) {
  EXPECT_EQ(Error(Code::kIo, "read").within("vault.db").within("open").context(), "open: vault.db: read");
  EXPECT_EQ(Error(Code::kIo, "").within("vault.db").context(), "vault.db");
}

TEST(AssertDeathTest, NamesTheExpressionThatDidNotHold) {
  TB_ASSERT(1 + 1 == 2);
  EXPECT_DEATH(TB_ASSERT(1 + 1 == 3), "error_test.cc:[0-9]+: this must hold and does not: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace thuisbasis
