// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/schema.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>

#include "core/base/assert.h"
#include "thuisbasis/merge_rules.pb.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;

/// SQLite's words that cannot stand for a name without quotes (https://sqlite.org/lang_keywords.html, those
/// without a fallback), the names of its row number, and the hidden column of FTS5.
constexpr auto kReservedNames = std::to_array<std::string_view>(
    {"add",           "all",        "alter",        "and",          "as",
     "autoincrement", "between",    "case",         "check",        "collate",
     "commit",        "constraint", "create",       "default",      "deferrable",
     "delete",        "distinct",   "drop",         "else",         "escape",
     "except",        "exists",     "foreign",      "from",         "group",
     "having",        "in",         "index",        "indexed",      "insert",
     "intersect",     "into",       "is",           "isnull",       "join",
     "limit",         "not",        "nothing",      "notnull",      "null",
     "oid",           "on",         "or",           "order",        "primary",
     "rank",          "references", "returning",    "rowid",        "select",
     "set",           "table",      "then",         "to",           "transaction",
     "union",         "unique",     "update",       "using",        "values",
     "when",          "where",      "current_date", "current_time", "current_timestamp",
     "cross",         "natural",    "left",         "outer"});

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

bool is_usable_name(std::string_view name) {
  return !name.empty() && name.front() != '_' &&
         std::find(kReservedNames.begin(), kReservedNames.end(), lower(name)) == kReservedNames.end();
}

std::string snake_case(std::string_view name) {
  std::string table;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !table.empty()) table += '_';
    table += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return table;
}

Error broken(const FieldDescriptor& field, std::string_view why) {
  return Error(Code::kInvalidArgument, field.full_name() + ": " + std::string(why));
}

ValueShape shape_of(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return ValueShape::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return ValueShape::kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
      return ValueShape::kData;
    case FieldDescriptor::TYPE_GROUP:
    case FieldDescriptor::TYPE_MESSAGE:
      return ValueShape::kNone;
    default:
      return ValueShape::kVarint;
  }
}

ColumnType column_of(const FieldDescriptor& field) {
  if (field.is_repeated()) return ColumnType::kJsonArray;
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
      return ColumnType::kReal;
    case FieldDescriptor::TYPE_STRING:
      return ColumnType::kText;
    case FieldDescriptor::TYPE_BYTES:
      return ColumnType::kBlob;
    default:
      return ColumnType::kInteger;
  }
}

/// Types whose generic order (compare_values) is their own.
bool is_comparable(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_ENUM:
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
      return true;
    default:
      return false;
  }
}

Result<Rule> rule_of(const FieldDescriptor& field, bool append_only) {
  const rules::MergeRule stated = field.options().GetExtension(rules::rule);
  if (!append_only)
    return stated == rules::MERGE_RULE_UNSPECIFIED ? Rule::kRegister : static_cast<Rule>(stated);
  if (stated != rules::MERGE_RULE_UNSPECIFIED && stated != rules::ONCE)
    return broken(field, "append-only kinds have no merge rules: every field is written once");
  return Rule::kOnce;
}

Status check_rule(const FieldDescriptor& field, Rule rule) {
  const bool set = rule == Rule::kSet || rule == Rule::kRemoveWinsSet;
  if (set && !field.is_repeated()) return broken(field, "a set must be repeated");
  if (field.is_repeated() && !set && rule != Rule::kOnce)
    return broken(field, "a repeated field must be SET, REMOVE_WINS_SET or ONCE");
  const bool plain =
      field.type() == FieldDescriptor::TYPE_INT32 || field.type() == FieldDescriptor::TYPE_INT64;
  if (rule == Rule::kCounter && !plain) return broken(field, "a counter must be int32 or int64");
  if ((rule == Rule::kMin || rule == Rule::kMax) && !is_comparable(field))
    return broken(field, "MIN and MAX do not know the order of this type");
  if (rule == Rule::kText && field.type() != FieldDescriptor::TYPE_STRING)
    return broken(field, "TEXT must be a string");
  if (rule == Rule::kLifecycle) return broken(field, "LIFECYCLE is the engine's own");
  return {};
}

Result<FieldSchema> read_field(const FieldDescriptor& field, bool append_only) {
  if (shape_of(field) == ValueShape::kNone)
    return broken(field, "messages, maps and groups are not merged as fields");
  if (field.real_containing_oneof() != nullptr) return broken(field, "oneof has no merge rule");
  if (!is_usable_name(field.name())) return broken(field, "the name is reserved by SQL or the store");
  FieldSchema schema;
  schema.number = static_cast<std::uint32_t>(field.number());
  schema.name = field.name();
  TB_TRY(schema.rule, rule_of(field, append_only));
  TB_CHECK(check_rule(field, schema.rule));
  schema.column = column_of(field);
  schema.repeated = field.is_repeated();
  schema.searched = field.options().GetExtension(rules::search) == rules::SEARCHED;
  if (schema.searched && (field.type() != FieldDescriptor::TYPE_STRING || field.is_repeated()))
    return broken(field, "only single strings are searched");
  schema.descriptor = &field;
  schema.stored = ColumnField{.number = schema.number,
                              .rule = schema.rule,
                              .shape = shape_of(field),
                              .single = !schema.repeated && schema.rule != Rule::kCounter,
                              .real = schema.column == ColumnType::kReal,
                              .text = schema.column == ColumnType::kText};
  return schema;
}

Result<KindSchema> read_kind(const pb::Descriptor& message) {
  KindSchema schema;
  schema.number = message.options().GetExtension(rules::kind);
  schema.append_only = message.options().GetExtension(rules::append_only);
  schema.name = message.name();
  schema.table = snake_case(message.name());
  schema.descriptor = &message;
  if (!is_usable_name(schema.table))
    return Error(Code::kInvalidArgument, message.full_name() + ": the name is reserved by SQL or the store");
  for (int i = 0; i < message.field_count(); ++i) {
    TB_TRY(FieldSchema field, read_field(*message.field(i), schema.append_only));
    if (lower(field.name) == schema.table)
      return broken(*message.field(i), "a column may not have the name of its table (FTS5 hides it)");
    for (const FieldSchema& other : schema.fields)
      if (lower(other.name) == lower(field.name)) return broken(*message.field(i), "the name is used twice");
    schema.fields.push_back(std::move(field));
  }
  std::sort(schema.fields.begin(), schema.fields.end(),
            [](const FieldSchema& a, const FieldSchema& b) { return a.number < b.number; });
  for (const FieldSchema& field : schema.fields) schema.columns.push_back(field.stored);
  return schema;
}

}  // namespace

const FieldSchema* KindSchema::field(std::uint32_t wanted) const {
  const auto found = std::lower_bound(fields.begin(), fields.end(), wanted,
                                      [](const FieldSchema& f, std::uint32_t n) { return f.number < n; });
  return found != fields.end() && found->number == wanted ? &*found : nullptr;
}

const FieldSchema* KindSchema::field(std::string_view wanted) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const FieldSchema& f) { return f.name == wanted; });
  return found != fields.end() ? &*found : nullptr;
}

Result<Schema> Schema::read(const pb::FileDescriptor& file) {
  Schema schema;
  for (int i = 0; i < file.message_type_count(); ++i) {
    const pb::Descriptor& message = *file.message_type(i);
    if (message.options().GetExtension(rules::kind) == 0) continue;
    TB_TRY(KindSchema read, read_kind(message));
    if (schema.kind(read.number) != nullptr || schema.kind(read.table) != nullptr)
      return Error(Code::kInvalidArgument, message.full_name() + ": kind number or table is used twice");
    schema.kinds_.push_back(std::move(read));
  }
  std::sort(schema.kinds_.begin(), schema.kinds_.end(),
            [](const KindSchema& a, const KindSchema& b) { return a.number < b.number; });
  return schema;
}

const Schema& Schema::builtin() {
  static const Schema schema = [] {
    Result<Schema> read = Schema::read(*records::Family::descriptor()->file());
    TB_ASSERT(read.has_value());
    return std::move(*read);
  }();
  return schema;
}

const KindSchema* Schema::kind(std::uint32_t number) const {
  const auto found =
      std::find_if(kinds_.begin(), kinds_.end(), [&](const KindSchema& k) { return k.number == number; });
  return found != kinds_.end() ? &*found : nullptr;
}

const KindSchema* Schema::kind(std::string_view name) const {
  const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                  [&](const KindSchema& k) { return k.name == name || k.table == name; });
  return found != kinds_.end() ? &*found : nullptr;
}

}  // namespace thuisbasis
