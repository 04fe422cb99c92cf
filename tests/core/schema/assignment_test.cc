// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "core/schema/record_codec.h"
#include "tests/core/schema/records_next.pb.h"

namespace thuisbasis {
namespace {

class Assignment : public ::testing::Test {
 protected:
  Assignment() {
    base_.kind = kind_.number;
    Dot dot;
    dot.number = 1;
    RecordEdit creation(base_, RecordEdit::Mode::kCreate);
    EXPECT_TRUE(assign(kind_, "numbers=+7", creation).has_value());
    EXPECT_TRUE(assign(kind_, "a_string=was", creation).has_value());
    EXPECT_TRUE(assign(kind_, "earliest=100", creation).has_value());
    RecordChange change = std::move(creation).take();
    state_ = base_;
    apply(state_, change, dot, HybridTime{1}, false);
  }

  /// The state after an edit with these assignments.
  RecordState after(std::initializer_list<const char*> assignments) {
    RecordEdit edit(state_, RecordEdit::Mode::kUpdate);
    for (const char* assignment : assignments)
      EXPECT_TRUE(assign(kind_, assignment, edit).has_value()) << assignment;
    RecordState edited = state_;
    Dot dot;
    dot.number = 2;
    apply(edited, std::move(edit).take(), dot, HybridTime{2}, false);
    return edited;
  }
  records_next::Everything message(std::initializer_list<const char*> assignments) {
    records_next::Everything filled;
    fill(after(assignments), kind_, filled);
    return filled;
  }
  Error refused(std::string_view assignment) {
    RecordEdit edit(state_, RecordEdit::Mode::kUpdate);
    Status made = assign(kind_, assignment, edit);
    EXPECT_FALSE(made.has_value()) << assignment;
    EXPECT_TRUE(edit.empty());
    return made ? Error(Code::kInternal, "accepted") : made.error();
  }

  const Schema schema_ = std::move(*Schema::read(*records_next::Person::descriptor()->file()));
  const KindSchema& kind_ = *schema_.kind("Everything");
  RecordState base_;
  RecordState state_;
};

TEST_F(Assignment, SetsValuesOfEveryKind) {
  const auto edited =
      message({"an_int32=45", "a_code=half_bewolkt", "a_string=een = twee", "a_bool=ja", "highest=1.5"});
  EXPECT_EQ(edited.an_int32(), 45);
  EXPECT_EQ(edited.a_code(), records_next::WEATHER_HALF_BEWOLKT);
  EXPECT_EQ(edited.a_string(), "een = twee");
  EXPECT_TRUE(edited.a_bool());
  EXPECT_EQ(edited.highest(), 1.5);
}

TEST_F(Assignment, EmptiesAFieldWithAnEmptyValue) {
  EXPECT_EQ(message({"a_string="}).a_string(), "");
  EXPECT_EQ(shown(after({"a_string="}).field(15, Rule::kRegister))->value, FieldValue::none());
}

TEST_F(Assignment, AddsAndTakesAwayElements) {
  const auto edited = message({"numbers=+8", "numbers=-7", "numbers=+-3"});
  EXPECT_EQ(std::vector<int>(edited.numbers().begin(), edited.numbers().end()), (std::vector<int>{8, -3}));
}

TEST_F(Assignment, CountsUpAndDown) {
  EXPECT_EQ(message({"a_count=+3"}).a_count(), 3);
  EXPECT_EQ(message({"a_count=-2"}).a_count(), -2);
}

TEST_F(Assignment, OffersToMinAndKeepsTheBetterOne) {
  EXPECT_EQ(message({"earliest=90"}).earliest(), 90);
  EXPECT_EQ(message({"earliest=110"}).earliest(), 100);
}

TEST_F(Assignment, RefusesWhatItCannotDo) {
  EXPECT_EQ(refused("a_string").code(), Code::kInvalidArgument);
  EXPECT_EQ(refused("diagnosis=x").code(), Code::kUnknownField);
  EXPECT_EQ(refused("diagnosis=x").context(), "everything has no field 'diagnosis'");
  EXPECT_EQ(refused("numbers=7").code(), Code::kInvalidArgument);
  EXPECT_EQ(refused("a_count=many").code(), Code::kInvalidArgument);
  EXPECT_EQ(refused("earliest=").code(), Code::kInvalidArgument);
  EXPECT_EQ(refused("once=nu").code(), Code::kImmutable);
  EXPECT_EQ(refused("once_all=-AA").code(), Code::kImmutable);
}

}  // namespace
}  // namespace thuisbasis
