// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/merge/operation.h"
#include "core/merge/row_codec.h"

namespace google::protobuf {
class Message;
class Descriptor;
class FieldDescriptor;
class FileDescriptor;
}  // namespace google::protobuf

namespace thuisbasis {

enum class ColumnType : std::uint8_t { kInteger, kReal, kText, kBlob, kJsonArray };

/// One field of a record kind, as read from its descriptor.
struct FieldSchema {
  std::uint32_t number = 0;
  std::string name;             ///< the proto name: also the column and the JSON key
  Rule rule = Rule::kRegister;  ///< kOnce for every field of an append-only kind
  ColumnType column = ColumnType::kText;
  bool repeated = false;  ///< a set, or a repeated kOnce field: kJsonArray
  ColumnField stored;     ///< the same for the row codec
  bool searched = false;
  const google::protobuf::FieldDescriptor* descriptor = nullptr;
};

/// One record kind: its number, its table and its fields in the order of their numbers.
struct KindSchema {
  std::uint32_t number = 0;
  std::string name;   ///< the message name: "VisitNote"
  std::string table;  ///< snake case of it: "visit_note"
  bool append_only = false;
  std::vector<FieldSchema> fields;
  std::vector<ColumnField> columns;  ///< `stored` of every field, in the same order
  const google::protobuf::Descriptor* descriptor = nullptr;

  const FieldSchema* field(std::uint32_t number) const;  ///< null when unknown
  const FieldSchema* field(std::string_view name) const;
};

/// All record kinds of one protobuf file, read once. Immutable afterwards; any thread.
class Schema final {
 public:
  /// kInvalidArgument, naming the field, for a descriptor that breaks a rule: a repeated field that is no set
  /// (or an append-only kind's), a set that is not repeated, a counter that is no plain signed integer, MIN
  /// or MAX of a type whose order the generic form does not know, a message, map or oneof, an append-only
  /// kind with any other rule than the default; a kind number, table or column used twice, a name that SQL or
  /// the store keeps for itself.
  static Result<Schema> read(const google::protobuf::FileDescriptor& file);
  /// The engine's own record kinds (proto/thuisbasis/records.proto).
  static const Schema& builtin();

  const KindSchema* kind(std::uint32_t number) const;
  const KindSchema* kind(std::string_view name) const;  ///< by message name or table name
  const std::vector<KindSchema>& kinds() const { return kinds_; }

 private:
  std::vector<KindSchema> kinds_;
};

}  // namespace thuisbasis
