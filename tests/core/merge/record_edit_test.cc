// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/record_edit.h"

#include <gtest/gtest.h>

#include "core/merge/dot_list.h"
#include "tests/core/merge/replicas.h"

namespace thuisbasis {
namespace {

using merge_testing::author;
using Mode = RecordEdit::Mode;

FieldValue text(const char* value) { return FieldValue::text(value); }

RecordState base() {
  RecordState state;
  state.kind = 1;
  state.id = merge_testing::record_id(0);
  RecordEdit creation(state, Mode::kCreate);
  EXPECT_TRUE(creation.set(1, Rule::kRegister, text("a")).has_value());
  EXPECT_TRUE(creation.add_element(3, Rule::kSet, text("x")).has_value());
  EXPECT_TRUE(creation.offer(6, Rule::kMin, FieldValue::varint(5)).has_value());
  const RecordChange change = std::move(creation).take();
  apply(state, change, Dot{author(1), 1}, HybridTime{1}, false);
  return state;
}

TEST(RecordEdit, ReplacesTheDotsOfItsBaseAndNoOthers) {
  const RecordState read = base();
  RecordEdit edit(read, Mode::kUpdate);
  ASSERT_TRUE(edit.set(1, Rule::kRegister, text("b")).has_value());
  const RecordChange change = std::move(edit).take();
  ASSERT_EQ(change.operations.size(), 1U);
  EXPECT_EQ(change.operations[0].replaces, (std::vector<Dot>{Dot{author(1), 1}}));
  EXPECT_FALSE(change.created);
}

TEST(RecordEdit, LetsTheLastOfSeveralEditsOfAFieldStand) {
  const RecordState read = base();
  RecordEdit edit(read, Mode::kUpdate);
  ASSERT_TRUE(edit.set(1, Rule::kRegister, text("b")).has_value());
  ASSERT_TRUE(edit.set(1, Rule::kRegister, text("c")).has_value());
  ASSERT_TRUE(edit.add_element(3, Rule::kSet, text("y")).has_value());
  ASSERT_TRUE(edit.remove_element(3, Rule::kSet, text("y")).has_value());
  ASSERT_TRUE(edit.increment(5, 2).has_value());
  ASSERT_TRUE(edit.increment(5, 3).has_value());
  const RecordChange change = std::move(edit).take();
  ASSERT_EQ(change.operations.size(), 2U);
  EXPECT_EQ(change.operations[0].entry, text("c"));
  EXPECT_EQ(change.operations[1].entry, FieldValue::varint(5));
}

TEST(RecordEdit, IsEmptyWhenNothingWouldChange) {
  const RecordState read = base();
  RecordEdit edit(read, Mode::kCreate);
  ASSERT_TRUE(edit.add_element(3, Rule::kSet, text("x")).has_value());
  ASSERT_TRUE(edit.remove_element(3, Rule::kSet, text("z")).has_value());
  ASSERT_TRUE(edit.offer(6, Rule::kMin, FieldValue::varint(6)).has_value());
  ASSERT_TRUE(edit.increment(5, 0).has_value());
  ASSERT_TRUE(edit.restore().has_value());
  EXPECT_TRUE(edit.empty());
  EXPECT_FALSE(edit.creates());
}

TEST(RecordEdit, CreatesEvenWithoutAField) {
  RecordState nothing;
  nothing.kind = 1;
  RecordEdit edit(nothing, Mode::kCreate);
  EXPECT_FALSE(edit.empty());
  EXPECT_EQ(edit.erase().error().code(), Code::kInvalidArgument);
}

TEST(RecordEdit, DeletesWithTheListOfWhatItSaw) {
  const RecordState read = base();
  RecordEdit edit(read, Mode::kUpdate);
  ASSERT_TRUE(edit.set(1, Rule::kRegister, text("b")).has_value());
  ASSERT_TRUE(edit.erase().has_value());
  EXPECT_EQ(edit.set(1, Rule::kRegister, text("c")).error().code(), Code::kInvalidArgument);
  const RecordChange change = std::move(edit).take();
  ASSERT_EQ(change.operations.size(), 1U);
  EXPECT_EQ(decode_dots(change.operations[0].entry->data).value(), (std::vector<Dot>{Dot{author(1), 1}}));
}

TEST(RecordEdit, RefusesRulesAndValuesThatDoNotFit) {
  const RecordState read = base();
  RecordEdit edit(read, Mode::kUpdate);
  EXPECT_EQ(edit.set(3, Rule::kSet, text("x")).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(edit.add_element(1, Rule::kRegister, text("x")).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(edit.add_element(3, Rule::kSet, FieldValue::none()).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(edit.remove_element(3, Rule::kOnce, text("x")).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(edit.offer(6, Rule::kMin, FieldValue::none()).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(edit.offer(6, Rule::kCounter, text("x")).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(edit.set_origin({}).error().code(), Code::kInvalidArgument);
  ASSERT_TRUE(edit.increment(5, INT64_MAX).has_value());
  EXPECT_EQ(edit.increment(5, 1).error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace thuisbasis
