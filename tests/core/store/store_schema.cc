// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/store/store_schema.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "thuisbasis/merge_rules.pb.h"

namespace thuisbasis::test {
namespace {

namespace pb = google::protobuf;
using Type = pb::FieldDescriptorProto;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "test schema: %s\n", why.c_str());
  std::abort();
}

void add_field(pb::DescriptorProto& message, const ProtoField& field, bool append_only) {
  static const std::map<std::string, Type::Type> kTypes{
      {"string", Type::TYPE_STRING}, {"bytes", Type::TYPE_BYTES},    {"int32", Type::TYPE_INT32},
      {"int64", Type::TYPE_INT64},   {"bool", Type::TYPE_BOOL},      {"double", Type::TYPE_DOUBLE},
      {"float", Type::TYPE_FLOAT},   {"fixed32", Type::TYPE_FIXED32}};
  constexpr std::string_view kRepeated = "repeated ";
  const bool repeated = field.type.starts_with(kRepeated);
  const std::string type = field.type.substr(repeated ? kRepeated.size() : 0);
  auto* added = message.add_field();
  added->set_name(field.name);
  added->set_number(field.number);
  added->set_label(repeated ? Type::LABEL_REPEATED : Type::LABEL_OPTIONAL);
  if (type == "Mood") {
    added->set_type(Type::TYPE_ENUM);
    added->set_type_name(".test.Mood");
  } else {
    added->set_type(kTypes.at(type));
  }
  if (!append_only)
    added->mutable_options()->SetExtension(rules::rule, static_cast<rules::MergeRule>(field.rule));
  if (field.searched) added->mutable_options()->SetExtension(rules::search, rules::SEARCHED);
}

std::vector<ProtoKind> next_kinds() {
  std::vector<ProtoKind> kinds = first_kinds();
  kinds[0].fields.push_back({90, "string", "nickname", Rule::kRegister, true});
  kinds[0].fields.push_back({91, "repeated string", "since", Rule::kSet, false});
  kinds.push_back(
      {3,
       "Plan",
       false,
       {{1, "string", "title", Rule::kRegister, true}, {2, "repeated string", "steps", Rule::kSet, false}}});
  return kinds;
}

}  // namespace

ProtoField& ProtoKind::field(std::string_view field_name) {
  for (ProtoField& candidate : fields)
    if (candidate.name == field_name) return candidate;
  give_up("no field " + std::string(field_name));
}

std::vector<ProtoKind> first_kinds() {
  return {{1,
           "Person",
           false,
           {{1, "bytes", "family", Rule::kOnce, false},
            {2, "string", "name", Rule::kRegister, true},
            {3, "string", "note", Rule::kText, true},
            {4, "int32", "birth_year", Rule::kRegister, false},
            {5, "bool", "active", Rule::kRegister, false},
            {6, "Mood", "mood", Rule::kRegister, false},
            {7, "double", "weight", Rule::kRegister, false},
            {8, "repeated string", "tags", Rule::kSet, false},
            {9, "repeated int32", "readers", Rule::kRemoveWinsSet, false},
            {10, "int64", "visits", Rule::kCounter, false},
            {11, "int64", "first_seen", Rule::kMin, false},
            {12, "int64", "best", Rule::kMax, false},
            {13, "bytes", "photo", Rule::kRegister, false},
            {14, "fixed32", "code", Rule::kRegister, false},
            {15, "float", "ratio", Rule::kRegister, false}}},
          {2,
           "Score",
           true,
           {{1, "bytes", "person", Rule::kOnce, false},
            {2, "int32", "value", Rule::kOnce, false},
            {3, "string", "remark", Rule::kOnce, true}}}};
}

ProtoSchema::ProtoSchema(const std::vector<ProtoKind>& kinds)
    : pool_(std::make_unique<pb::DescriptorPool>(pb::DescriptorPool::generated_pool())) {
  pb::FileDescriptorProto file;
  file.set_name("test.proto");
  file.set_package("test");
  file.set_syntax("proto3");
  file.add_dependency(rules::MergeRule_descriptor()->file()->name());
  auto* mood = file.add_enum_type();
  mood->set_name("Mood");
  for (const auto& [number, name] :
       std::map<int, std::string>{{0, "MOOD_UNSPECIFIED"}, {1, "MOOD_GOOD"}, {2, "MOOD_BAD"}}) {
    auto* value = mood->add_value();
    value->set_name(name);
    value->set_number(number);
  }
  for (const ProtoKind& kind : kinds) {
    auto* message = file.add_message_type();
    message->set_name(kind.name);
    message->mutable_options()->SetExtension(rules::kind, static_cast<std::uint32_t>(kind.number));
    message->mutable_options()->SetExtension(rules::append_only, kind.append_only);
    for (const ProtoField& field : kind.fields) add_field(*message, field, kind.append_only);
  }
  const pb::FileDescriptor* built = pool_->BuildFile(file);
  if (built == nullptr) give_up("cannot be built");
  Result<Schema> schema = Schema::read(*built);
  if (!schema) give_up(schema.error().message());
  schema_ = std::make_unique<Schema>(std::move(*schema));
}
ProtoSchema::~ProtoSchema() = default;

const Schema& first_schema() {
  static const ProtoSchema schema(first_kinds());
  return schema.schema();
}

const Schema& next_schema() {
  static const ProtoSchema schema(next_kinds());
  return schema.schema();
}

}  // namespace thuisbasis::test
