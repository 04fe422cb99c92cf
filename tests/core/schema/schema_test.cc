// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/schema.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "core/base/sqlite.h"
#include "tests/core/schema/broken_kinds.pb.h"
#include "tests/core/schema/records_next.pb.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

namespace pb = google::protobuf;

TEST(Schema, ReadsEveryKindOfTheEngine) {
  std::vector<std::string> names;
  for (const KindSchema& kind : Schema::builtin().kinds()) names.push_back(kind.name);
  EXPECT_EQ(names, (std::vector<std::string>{"Family", "Person", "PersonProfile", "Visit", "VisitNote",
                                             "Goal", "GoalScore", "Action", "Organisation", "StaffMember"}));
}

TEST(Schema, FindsKindsByNumberMessageAndTable) {
  const KindSchema* by_number = Schema::builtin().kind(5);
  ASSERT_NE(by_number, nullptr);
  EXPECT_EQ(by_number->table, "visit_note");
  EXPECT_EQ(Schema::builtin().kind("VisitNote"), by_number);
  EXPECT_EQ(Schema::builtin().kind("visit_note"), by_number);
  EXPECT_EQ(Schema::builtin().kind(4711), nullptr);
  EXPECT_EQ(Schema::builtin().kind("diary"), nullptr);
}

TEST(Schema, TakesRulesColumnsAndSearchFromTheOptions) {
  const KindSchema& note = *Schema::builtin().kind("VisitNote");
  EXPECT_EQ(note.field("visit")->rule, Rule::kOnce);
  EXPECT_EQ(note.field("visit")->column, ColumnType::kBlob);
  EXPECT_EQ(note.field("body")->rule, Rule::kText);
  EXPECT_TRUE(note.field("body")->searched);
  EXPECT_EQ(note.field("domain")->rule, Rule::kRegister);
  EXPECT_EQ(note.field("domain")->column, ColumnType::kInteger);
  EXPECT_EQ(note.field("sealed")->rule, Rule::kMax);
  EXPECT_EQ(note.field(2), note.field("body"));
  EXPECT_EQ(note.field(99), nullptr);
  EXPECT_EQ(note.field("nothing"), nullptr);
  const FieldSchema& goals = *Schema::builtin().kind("Visit")->field("goals");
  EXPECT_EQ(goals.column, ColumnType::kJsonArray);
  EXPECT_FALSE(goals.stored.single);
}

TEST(Schema, WritesEveryFieldOfAnAppendOnlyKindOnce) {
  const KindSchema& score = *Schema::builtin().kind("GoalScore");
  EXPECT_TRUE(score.append_only);
  for (const FieldSchema& field : score.fields) EXPECT_EQ(field.rule, Rule::kOnce) << field.name;
}

TEST(Schema, ListsColumnsInTheOrderOfItsFields) {
  for (const KindSchema& kind : Schema::builtin().kinds()) {
    ASSERT_EQ(kind.columns.size(), kind.fields.size());
    for (std::size_t i = 0; i < kind.columns.size(); ++i) {
      EXPECT_EQ(kind.columns[i].number, kind.fields[i].number);
      if (i > 0) {
        EXPECT_LT(kind.columns[i - 1].number, kind.columns[i].number);
      }
    }
  }
}

TEST(Schema, GivesNamesThatNeedNoQuotesInSql) {
  auto db = sqlite::Connection::open(":memory:", {.create = true});
  ASSERT_TRUE(db.has_value());
  for (const KindSchema& kind : Schema::builtin().kinds()) {
    std::string columns;
    for (const FieldSchema& field : kind.fields) columns += (columns.empty() ? "" : ", ") + field.name;
    EXPECT_TRUE(db->execute("CREATE TABLE " + kind.table + "(" + columns + ")").has_value()) << kind.table;
    EXPECT_TRUE(db->execute("SELECT " + columns + " FROM " + kind.table).has_value()) << kind.table;
  }
}

TEST(Schema, ReadsALaterVersionFromItsOwnFile) {
  const auto next = Schema::read(*records_next::Person::descriptor()->file());
  ASSERT_TRUE(next.has_value()) << next.error().message();
  ASSERT_NE(next->kind("Person"), nullptr);
  EXPECT_EQ(next->kind("Person")->number, Schema::builtin().kind("Person")->number);
  ASSERT_NE(next->kind("Person")->field("nickname"), nullptr);
  EXPECT_EQ(next->kind("Person")->field("nickname")->number, 90U);
  EXPECT_EQ(Schema::builtin().kind("Person")->field("nickname"), nullptr);
  for (const FieldSchema& field : Schema::builtin().kind("Person")->fields) {
    const FieldSchema* same = next->kind("Person")->field(field.number);
    ASSERT_NE(same, nullptr) << field.name;
    EXPECT_EQ(same->name, field.name);
    EXPECT_EQ(same->rule, field.rule);
  }
}

/// A file of a pool of its own with just these messages of broken_kinds.proto and what they need.
Status read_alone(const std::vector<std::string>& messages) {
  const pb::FileDescriptor& all = *broken_kinds::SingleSet::descriptor()->file();
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  pb::FileDescriptorProto copied;
  all.CopyTo(&copied);
  pb::FileDescriptorProto file;
  file.set_name("alone.proto");
  file.set_syntax("proto3");
  file.set_package("alone");
  *file.mutable_dependency() = copied.dependency();
  file.add_dependency(all.name());
  for (const std::string& message : messages)
    for (const pb::DescriptorProto& candidate : copied.message_type())
      if (candidate.name() == message) *file.add_message_type() = candidate;
  EXPECT_EQ(file.message_type_size(), static_cast<int>(messages.size()));
  for (pb::DescriptorProto& message : *file.mutable_message_type())
    for (pb::FieldDescriptorProto& field : *message.mutable_field())
      if (field.type_name().find("MapField") != std::string::npos)
        field.set_type_name(".alone.MapField.ValueEntry");
  const pb::FileDescriptor* built = pool.BuildFile(file);
  EXPECT_NE(built, nullptr) << messages.front();
  if (built == nullptr) return {};
  Result<Schema> schema = Schema::read(*built);
  if (!schema) return std::move(schema.error());
  return {};
}

class BrokenKind : public ::testing::TestWithParam<const char*> {};

TEST_P(BrokenKind, IsRefusedByItsName) {
  const Status read = read_alone({GetParam()});
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::kInvalidArgument);
  EXPECT_NE(read.error().context().find(std::string("alone.") + GetParam()), std::string::npos)
      << read.error().context();
}

INSTANTIATE_TEST_SUITE_P(Schema, BrokenKind,
                         ::testing::Values("RepeatedRegister", "SingleSet", "TextCounter", "ZigzagMin",
                                           "WideMax", "NumberText", "OwnLifecycle", "NestedMessage",
                                           "MapField", "OneofField", "ReservedColumn", "StoreColumn",
                                           "RowNumberColumn", "TableColumn", "Select", "SearchedNumber",
                                           "AppendOnlySet"),
                         [](const auto& broken) { return std::string(broken.param); });

TEST(Schema, RefusesAKindNumberThatIsUsedTwice) {
  const Status read = read_alone({"SingleSet", "TextCounter"});
  ASSERT_FALSE(read.has_value());
  const auto twice = Schema::read(*broken_kinds::SingleSet::descriptor()->file());
  EXPECT_FALSE(twice.has_value());
}

}  // namespace
}  // namespace thuisbasis
