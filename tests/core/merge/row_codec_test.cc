// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/row_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>

#include "tests/core/merge/script.h"

namespace thuisbasis {
namespace {

using merge_testing::author;
using merge_testing::play;

class ListedAuthors final : public AuthorTable {
 public:
  Result<std::uint32_t> index_of(const Author& wanted) override {
    const auto found = std::find(authors_.begin(), authors_.end(), wanted);
    if (found == authors_.end()) authors_.push_back(wanted);
    const auto place = std::find(authors_.begin(), authors_.end(), wanted) - authors_.begin();
    return static_cast<std::uint32_t>(place);
  }
  Result<Author> author_at(std::uint32_t index) override {
    if (index >= authors_.size()) return Error(Code::kDamaged, "author");
    return authors_[index];
  }

 private:
  std::vector<Author> authors_;
};

ColumnField column(std::uint32_t number, Rule rule, ValueShape shape = ValueShape::kVarint,
                   bool single = true) {
  return {.number = number, .rule = rule, .shape = shape, .single = single};
}

/// The columns of the scripts' record kind; with one whose type no value has, and one of another rule.
std::vector<ColumnField> all_columns() {
  return {column(1, Rule::kRegister),
          column(2, Rule::kText),
          column(3, Rule::kSet, ValueShape::kVarint, false),
          column(4, Rule::kRemoveWinsSet, ValueShape::kVarint, false),
          column(5, Rule::kCounter, ValueShape::kVarint, false),
          column(6, Rule::kMin),
          column(7, Rule::kMax, ValueShape::kData),
          column(8, Rule::kOnce)};
}

std::vector<ColumnField> some_columns() {
  const auto kept = *rc::gen::container<std::vector<bool>>(all_columns().size(), rc::gen::arbitrary<bool>());
  std::vector<ColumnField> columns;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) columns.push_back(all_columns()[i]);
  return columns;
}

/// What a table would hold in these columns.
std::vector<FieldValue> values_in(const RecordState& state, const std::vector<ColumnField>& columns) {
  std::vector<FieldValue> values;
  for (const ColumnField& one : columns) {
    const Entry* entry = shown(state.field(one.number, one.rule));
    values.push_back(entry != nullptr && one.single && fits_column(one, entry->value) ? entry->value
                                                                                      : FieldValue());
  }
  return values;
}

RC_GTEST_PROP(RowCodec, GivesBackEveryStateUnderEverySchema, ()) {
  merge_testing::Run run = play(*merge_testing::stories());
  const auto columns = some_columns();
  ListedAuthors authors;
  for (const auto& replica : run.replicas) {
    for (const auto& [id, state] : replica.records()) {
      const auto blobs = encode_row(state, columns, authors);
      RC_ASSERT(blobs.has_value());
      const auto read = decode_row(state.kind, id, blobs->clocks, blobs->unknown, blobs->concurrent, columns,
                                   values_in(state, columns), authors);
      RC_ASSERT(read.has_value());
      RC_ASSERT(*read == state);
    }
  }
}

RC_GTEST_PROP(RowCodec, FindsFieldsThatGotAColumnLater, ()) {
  merge_testing::Run run = play(*merge_testing::stories());
  const auto before = some_columns();
  const auto after = all_columns();
  ListedAuthors authors;
  for (const auto& [id, state] : run.replicas[0].records()) {
    const auto blobs = encode_row(state, before, authors);
    RC_ASSERT(blobs.has_value());
    std::vector<FieldValue> values(after.size());
    const auto old_values = values_in(state, before);
    for (std::size_t i = 0; i < before.size(); ++i)
      for (std::size_t j = 0; j < after.size(); ++j)
        if (before[i].number == after[j].number) values[j] = old_values[i];
    const auto read =
        decode_row(state.kind, id, blobs->clocks, blobs->unknown, blobs->concurrent, after, values, authors);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == state);
  }
}

RC_GTEST_PROP(RowCodec, AnswersDamageWithAnError, ()) {
  merge_testing::Run run = play(*merge_testing::stories());
  const auto columns = all_columns();
  ListedAuthors authors;
  for (const auto& [id, state] : run.replicas[0].records()) {
    auto blobs = encode_row(state, columns, authors);
    RC_ASSERT(blobs.has_value());
    for (Bytes* blob : {&blobs->clocks, &blobs->unknown, &blobs->concurrent}) {
      if (blob->empty()) continue;
      const auto at = *rc::gen::inRange<std::size_t>(0, blob->size());
      if (*rc::gen::arbitrary<bool>())
        (*blob)[at] = *rc::gen::arbitrary<Byte>();
      else
        blob->resize(at);
    }
    const auto read = decode_row(state.kind, id, blobs->clocks, blobs->unknown, blobs->concurrent, columns,
                                 values_in(state, columns), authors);
    RC_ASSERT(read.has_value() || read.error().code() == Code::kDamaged ||
              read.error().code() == Code::kSchemaTooNew);
  }
}

RecordState created_with(std::uint32_t fields) {
  RecordState state;
  state.kind = 1;
  RecordEdit edit(state, RecordEdit::Mode::kCreate);
  for (std::uint32_t i = 1; i <= fields; ++i)
    EXPECT_TRUE(edit.set(i, Rule::kRegister, FieldValue::varint(i)).has_value());
  const RecordChange change = std::move(edit).take();
  apply(state, change, Dot{author(1), 100}, HybridTime::from_ms(1'700'000'000'000), false);
  return state;
}

std::vector<ColumnField> registers(std::uint32_t count) {
  std::vector<ColumnField> columns;
  for (std::uint32_t i = 1; i <= count; ++i) columns.push_back(column(i, Rule::kRegister));
  return columns;
}

TEST(RowCodec, CostsAFreshRecordAByteAField) {
  ListedAuthors authors;
  const auto blobs = encode_row(created_with(8), registers(8), authors);
  EXPECT_EQ(blobs->clocks.size(), 1U + 2 + 8 + 8);
  EXPECT_TRUE(blobs->unknown.empty());
  EXPECT_TRUE(blobs->concurrent.empty());
}

TEST(RowCodec, SharesTheClockOfFieldsThatWereEditedTogether) {
  RecordState state = created_with(8);
  RecordEdit edit(state, RecordEdit::Mode::kUpdate);
  for (std::uint32_t i = 1; i <= 4; ++i)
    ASSERT_TRUE(edit.set(i, Rule::kRegister, FieldValue::varint(9)).has_value());
  const RecordChange change = std::move(edit).take();
  apply(state, change, Dot{author(1), 101}, HybridTime::from_ms(1'700'000'001'000), false);
  ListedAuthors authors;
  EXPECT_LE(encode_row(state, registers(8), authors)->clocks.size(), 1U + 2 + 8 + 8 + 6);
}

TEST(RowCodec, SaysWhenAFieldHasTwoClocks) {
  ListedAuthors authors;
  const RecordState state = created_with(1);
  auto blobs = encode_row(state, registers(1), authors);
  blobs->clocks.push_back(blobs->clocks.back() & 7);  // the same once more, no field further
  const auto read =
      decode_row(1, state.id, blobs->clocks, {}, {}, registers(1), values_in(state, registers(1)), authors);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kDamaged);
}

TEST(RowCodec, SaysWhenAColumnIsMissing) {
  ListedAuthors authors;
  const RecordState state = created_with(2);
  const auto blobs = encode_row(state, registers(2), authors);
  const auto read =
      decode_row(1, state.id, blobs->clocks, {}, {}, registers(1), values_in(state, registers(1)), authors);
  EXPECT_EQ(read.error().code(), Code::kSchemaTooNew);
}

TEST(RowCodec, SaysWhenAColumnLostItsValue) {
  ListedAuthors authors;
  const RecordState state = created_with(1);
  const auto blobs = encode_row(state, registers(1), authors);
  const auto read =
      decode_row(1, state.id, blobs->clocks, {}, {}, registers(1), {FieldValue::none()}, authors);
  EXPECT_EQ(read.error().code(), Code::kDamaged);
}

TEST(RowCodec, KeepsAsideWhatARealColumnWouldChange) {
  ColumnField real = column(1, Rule::kRegister, ValueShape::kFixed64);
  real.real = true;
  const auto value = [](double number) {
    return FieldValue{ValueShape::kFixed64, std::bit_cast<std::uint64_t>(number), {}};
  };
  EXPECT_FALSE(fits_column(real, value(-0.0)));
  EXPECT_FALSE(fits_column(real, FieldValue{ValueShape::kFixed64, 0x7ff8000000000001U, {}}));
  EXPECT_FALSE(fits_column(real, FieldValue{ValueShape::kFixed64, 0xfff8000000000000U, {}}));
  EXPECT_TRUE(fits_column(real, value(0.0)));
  EXPECT_TRUE(fits_column(real, FieldValue{ValueShape::kFixed64, 0x7ff0000000000000U, {}}));
}

}  // namespace
}  // namespace thuisbasis
