// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/field_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "tests/core/schema/records_next.pb.h"

namespace thuisbasis {
namespace {

const Schema& next_schema() {
  static const Schema schema = std::move(*Schema::read(*records_next::Person::descriptor()->file()));
  return schema;
}
const FieldSchema& everything(std::string_view name) {
  return *next_schema().kind("Everything")->field(name);
}

FieldValue number_of_shape(ValueShape shape, std::uint64_t number) {
  return {shape, shape == ValueShape::kFixed32 ? number & 0xffffffffU : number, {}};
}

FieldValue arbitrary_value() {
  const auto shape = static_cast<ValueShape>(*rc::gen::inRange(0, 5));
  if (shape == ValueShape::kNone) return FieldValue::none();
  if (shape == ValueShape::kData) return FieldValue::bytes(*rc::gen::arbitrary<Bytes>());
  const auto edge = rc::gen::element<std::uint64_t>(0, 1, 0x80000000U, 0xffffffffU, std::uint64_t{1} << 63,
                                                    UINT64_MAX, 0x7fc00000U, 0x7ff8000000000000U);
  return number_of_shape(shape, *rc::gen::oneOf(edge, rc::gen::arbitrary<std::uint64_t>()));
}

RC_GTEST_PROP(FieldCodec, GivesBackFromTheColumnWhateverFitsIt, ()) {
  const auto& fields = next_schema().kind("Everything")->fields;
  const FieldSchema& field = fields[*rc::gen::inRange<std::size_t>(0, fields.size())];
  RC_PRE(!field.repeated);
  const FieldValue value = arbitrary_value();
  const ColumnValue column = to_column(field, value);
  if (fits_column(field.stored, value))
    RC_ASSERT(from_column(field, column) == value);
  else
    RC_ASSERT(std::holds_alternative<std::monostate>(column));
}

RC_GTEST_PROP(FieldCodec, NeverFailsOnForeignValuesAndReadsBackItsOwnText, ()) {
  const auto& fields = next_schema().kind("Everything")->fields;
  const FieldSchema& field = fields[*rc::gen::inRange<std::size_t>(0, fields.size())];
  const FieldValue value = arbitrary_value();
  const TypedValue typed = to_typed(field, value);
  if (std::holds_alternative<std::monostate>(typed)) return;
  const auto back = from_typed(field, typed);
  RC_ASSERT(back.has_value());
  const bool nan = std::holds_alternative<double>(typed) && std::isnan(std::get<double>(typed));
  if (nan) return;  // a NaN's payload is no one's meaning
  RC_ASSERT(*back == value);
  const auto read = parse_value(field, value_text(field, value));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == value);
}

TEST(FieldCodec, HidesValuesThatAreNotOfTheFieldsType) {
  EXPECT_EQ(to_typed(everything("an_int32"), FieldValue::varint(std::uint64_t{1} << 40)), TypedValue());
  EXPECT_EQ(to_typed(everything("an_int32"), FieldValue::text("1")), TypedValue());
  EXPECT_EQ(to_typed(everything("a_string"), FieldValue::bytes(Bytes{0xff, 0xfe})), TypedValue());
  EXPECT_EQ(to_typed(everything("a_bool"), FieldValue::varint(2)), TypedValue());
  EXPECT_EQ(to_typed(everything("a_code"), FieldValue::varint(std::uint64_t{1} << 40)), TypedValue());
}

TEST(FieldCodec, KeepsTextThatSqlWouldChangeOutOfTheColumn) {
  const FieldSchema& text = everything("a_string");
  EXPECT_FALSE(fits_column(text.stored, FieldValue::bytes(Bytes{0xc0, 0x80})));
  EXPECT_FALSE(fits_column(text.stored, FieldValue::text(std::string_view("a\0b", 3))));
  EXPECT_TRUE(fits_column(text.stored, FieldValue::text("één 🙂")));
  EXPECT_TRUE(fits_column(everything("some_bytes").stored, FieldValue::bytes(Bytes{0xff, 0})));
}

TEST(FieldCodec, NamesCodesShortlyAndInLowerCase) {
  const FieldSchema& state = *Schema::builtin().kind("Goal")->field("state");
  EXPECT_EQ(value_text(state, FieldValue::varint(3)), "bezig");
  EXPECT_EQ(value_text(everything("a_code"), FieldValue::varint(2)), "half_bewolkt");
  EXPECT_EQ(value_text(state, FieldValue::varint(77)), "77");
  EXPECT_EQ(value_text(*Schema::builtin().kind("Goal")->field("domain"), FieldValue::varint(3)),
            "rust_en_stabiliteit");
}

TEST(FieldCodec, ReadsCodesInAnyCaseWithOrWithoutPrefix) {
  const FieldSchema& state = *Schema::builtin().kind("Goal")->field("state");
  for (const char* text : {"bezig", "BEZIG", "Goal_Bezig", "GOAL_BEZIG", "3"})
    EXPECT_EQ(parse_value(state, text).value(), FieldValue::varint(3)) << text;
  EXPECT_EQ(parse_value(everything("a_code"), "half bewolkt").value(), FieldValue::varint(2));
  EXPECT_EQ(parse_value(everything("a_code"), "Half-Bewolkt").value(), FieldValue::varint(2));
}

TEST(FieldCodec, SaysWhatAFieldTakes) {
  const auto refused = [](std::string_view field, std::string_view text) {
    const auto read = parse_value(everything(field), text);
    return read ? std::string("accepted") : read.error().context();
  };
  EXPECT_EQ(refused("a_code", "regen"), "a_code: takes one of: zonnig, half_bewolkt");
  EXPECT_EQ(refused("an_int32", "45 minuten"), "an_int32: takes a whole number");
  EXPECT_EQ(refused("an_int32", "3000000000"), "an_int32: takes a whole number");
  EXPECT_EQ(refused("a_uint32", "-1"), "a_uint32: takes a whole number");
  EXPECT_EQ(refused("a_bool", "misschien"), "a_bool: takes true or false");
  EXPECT_EQ(refused("some_bytes", "a="), "some_bytes: takes an id or bytes in base64url");
  EXPECT_EQ(refused("a_double", ""), "a_double: takes a number");
  EXPECT_EQ(refused("a_string", "\xff"), "a_string: takes UTF-8 text");
}

TEST(FieldCodec, ReadsBooleansInBothLanguages) {
  for (const char* yes : {"true", "ja", "yes", "1"})
    EXPECT_EQ(parse_value(everything("a_bool"), yes).value(), FieldValue::varint(1)) << yes;
  for (const char* no : {"false", "nee", "no", "0"})
    EXPECT_EQ(parse_value(everything("a_bool"), no).value(), FieldValue::varint(0)) << no;
}

}  // namespace
}  // namespace thuisbasis
