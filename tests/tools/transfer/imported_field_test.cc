// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/imported_field.h"

#include <gtest/gtest.h>

namespace thuisbasis {
namespace {

struct Sample {
  const char* name;
  const char* json;
  const char* text;
};

TEST(ImportedField, ComesBackWithItsNameWhateverItsValue) {
  const std::vector<Sample> samples = {
      {"updatedAt", "1767225600000", "1767225600000"},
      {"updatedAt", "18446744073709551615", "18446744073709551615"},
      {"risk", "-1", "-1"},
      {"risk", "2.5", "2.5"},
      {"risk", "null", "null"},
      {"city", "\"Emmen\"", "Emmen"},
      {"city", "\"\"", ""},
      {"city", "\"{\\\"coach\\\":1}\"", "{\"coach\":1}"},
      {"coach", "[1,{\"a\":true}]", "[1,{\"a\":true}]"},
      {"a \"name\" of nobody", "7", "7"},
      {"unheard", "\"of\"", "of"},
  };
  for (const Sample& one : samples) {
    const auto read = read_imported(imported_field_number(one.name), imported_value(one.name, one.json));
    ASSERT_TRUE(read.has_value()) << one.name << one.json;
    EXPECT_EQ(read->name, one.name);
    EXPECT_EQ(read->json, one.json);
    EXPECT_EQ(read->text, one.text);
  }
}

TEST(ImportedField, TakesNoMoreBytesThanItsValueUnderAKnownName) {
  EXPECT_EQ(imported_value("updatedAt", "1767225600000"), FieldValue::varint(1767225600000));
  EXPECT_EQ(imported_value("city", "\"Emmen\""), FieldValue::text("Emmen"));
}

TEST(ImportedField, IsNotSeenInWhatALaterVersionWrote) {
  EXPECT_FALSE(read_imported(90, FieldValue::varint(4)));
  EXPECT_FALSE(read_imported(90, FieldValue::text("een bijnaam")));
  EXPECT_FALSE(read_imported(90, FieldValue::bytes(Bytes{0xff})));
  EXPECT_FALSE(read_imported(90, FieldValue::text("{\"a\":1,\"b\":2}")));
}

TEST(ImportedField, KeepsItsNumberForEver) {
  EXPECT_EQ(imported_field_number("updatedAt"), 100'000U);
  EXPECT_EQ(imported_field_number("status"), 100'006U);
  EXPECT_EQ(imported_field_number("bijnaam"), imported_field_number("bijnaam"));
  EXPECT_GE(imported_field_number("bijnaam"), 200'000U);
}

}  // namespace
}  // namespace thuisbasis
