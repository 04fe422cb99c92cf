// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/schema/schema.h"

namespace google::protobuf {
class DescriptorPool;
}

namespace thuisbasis::test {

/// A field as a .proto file would write it: type "repeated string" and so on; "Mood" is an enum.
struct ProtoField {
  int number = 0;
  std::string type;
  std::string name;
  Rule rule = Rule::kRegister;
  bool searched = false;
};
struct ProtoKind {
  int number = 0;
  std::string name;
  bool append_only = false;
  std::vector<ProtoField> fields;

  ProtoField& field(std::string_view field_name);
};

/// A schema made at run time, so that a test can hold two versions of one file.
class ProtoSchema final {
 public:
  explicit ProtoSchema(const std::vector<ProtoKind>& kinds);
  ~ProtoSchema();

  const Schema& schema() const { return *schema_; }

 private:
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<Schema> schema_;
};

/// Person (1), with every merge rule and column type, and Score (2), append-only.
std::vector<ProtoKind> first_kinds();
const Schema& first_schema();
/// The next version: Person has `nickname = 90`, searched, and `since = 91`; there is a new kind Plan (3).
const Schema& next_schema();

inline constexpr std::uint32_t kPerson = 1;
inline constexpr std::uint32_t kScore = 2;
inline constexpr std::uint32_t kPlan = 3;
inline constexpr std::uint32_t kPersonName = 2;
inline constexpr std::uint32_t kPersonNote = 3;
inline constexpr std::uint32_t kPersonTags = 8;
inline constexpr std::uint32_t kPersonNickname = 90;
inline constexpr std::uint32_t kScoreValue = 2;

}  // namespace thuisbasis::test
