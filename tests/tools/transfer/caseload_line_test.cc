// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/caseload_line.h"

#include <gtest/gtest.h>

#include "tools/transfer/imported_field.h"

namespace thuisbasis {
namespace {

std::string line(const std::string& op, const std::string& kind, const std::string& values) {
  return R"({"t":5000,"op":")" + op + R"(","kind":")" + kind +
         R"(","id":"AAAAAAAAAAAAAAAAAAAAAw","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{)" + values + "}}";
}

std::vector<std::string> kinds(const CaseloadLine& read) {
  std::vector<std::string> names;
  for (const RecordWrite& write : read.records) names.push_back(write.kind->name);
  return names;
}

using Names = std::vector<std::string>;

TEST(CaseloadLine, ANoteIsAVisitAndThenTheNoteAboutIt) {
  const auto read = read_caseload_line(line("put", "note", R"("body":"Eerste bezoek","minutes":45)"));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(kinds(*read), (Names{"Visit", "VisitNote"}));
  EXPECT_EQ(read->records[0].id, read->id);
  EXPECT_NE(read->records[1].id, read->id);
  EXPECT_EQ(read->principal, 1U) << "the note stands for it";
}

TEST(CaseloadLine, AScoreIsARecordOfItsOwnAtEveryTime) {
  const auto read = read_caseload_line(line("set", "goal", R"("score":6)"));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(kinds(*read), (Names{"Goal", "GoalScore"}));
  EXPECT_FALSE(read->records[0].creates);
  EXPECT_TRUE(read->records[1].creates);
}

TEST(CaseloadLine, AStatusOfOursEmptiesTheOneThatWasKeptAsItWas) {
  const auto read = read_caseload_line(line("set", "goal", R"("status":"reached")"));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  ASSERT_EQ(read->records[0].fields.size(), 2U);
  EXPECT_EQ(read->records[0].fields[1].field, imported_field_number("status"));
  EXPECT_EQ(read->records[0].fields[1].value, FieldValue::none());
  EXPECT_TRUE(read->homeless.empty());
}

TEST(CaseloadLine, NumbersThatDoNotFitAreNoTimes) {
  const auto late = read_caseload_line(line("set", "goal", R"("updatedAt":18446744073709551615)"));
  ASSERT_TRUE(late.has_value()) << late.error().message();
  EXPECT_FALSE(late->updated_at.has_value());
  EXPECT_FALSE(read_caseload_line(R"({"t":18446744073709551615,"op":"put"})").has_value());
}

}  // namespace
}  // namespace thuisbasis
