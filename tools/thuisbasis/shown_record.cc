// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/shown_record.h"

#include <array>
#include <ctime>

#include "core/schema/field_codec.h"
#include "tools/transfer/imported_field.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kHeadlineBytes = 72;

/// The values to show of one field; none for an emptied one.
std::vector<FieldValue> shown_values(const FieldKey& key, const FieldState& field) {
  switch (static_cast<Rule>(key.rule)) {
    case Rule::kSet:
    case Rule::kRemoveWinsSet:
      return elements(field);
    case Rule::kCounter:
      return {FieldValue::varint(static_cast<std::uint64_t>(total(field)))};
    case Rule::kOnce: {
      std::vector<FieldValue> values = elements(field);
      if (values.size() > 1) return values;
      break;
    }
    default:
      break;
  }
  const Entry* entry = shown(&field);
  if (entry == nullptr || entry->value.shape == ValueShape::kNone) return {};
  return {entry->value};
}

ShownField known_field(const FieldSchema& schema, const std::vector<FieldValue>& values) {
  ShownField field;
  field.number = schema.number;
  field.name = schema.name;
  for (const FieldValue& value : values) {
    field.json += (field.json.empty() ? "" : ",") + value_json(schema, value);
    field.values.push_back(value_text(schema, value));
  }
  if (schema.repeated) field.json = "[" + field.json + "]";
  return field;
}

ShownField unknown_field(std::uint32_t number, const std::vector<FieldValue>& values) {
  ShownField field;
  field.number = number;
  field.name = "field " + std::to_string(number);
  if (values.size() == 1) {
    if (auto imported = read_imported(number, values.front())) {
      field.name = imported->name;
      field.values = {imported->text};
      field.json = imported->json;
      return field;
    }
  }
  for (const FieldValue& value : values) {
    field.values.push_back(unknown_value_text(value));
    field.json += (field.json.empty() ? "" : ",") + json_text(field.values.back());
  }
  field.json = "[" + field.json + "]";
  return field;
}

}  // namespace

std::string unknown_value_text(const FieldValue& value) {
  switch (value.shape) {
    case ValueShape::kNone:
      return {};
    case ValueShape::kData:
      return is_utf8(value.data) ? to_string(value.data) : to_base64url(value.data);
    default:
      return std::to_string(value.number);
  }
}

std::string value_json(const FieldSchema& field, const FieldValue& value) {
  const TypedValue typed = to_typed(field, value);
  const bool bare = std::holds_alternative<std::int64_t>(typed) ||
                    std::holds_alternative<std::uint64_t>(typed) || std::holds_alternative<bool>(typed);
  return bare ? value_text(field, value) : json_text(value_text(field, value));
}

std::vector<ShownField> shown_fields(const Record& record, const Schema& schema) {
  const KindSchema* kind = schema.kind(record.kind());
  std::vector<ShownField> fields;
  for (const auto& [key, state] : record.base().fields) {
    if (key.number == kLifecycleField) continue;
    const FieldSchema* known = kind == nullptr ? nullptr : kind->field(key.number);
    if (known != nullptr && static_cast<std::uint8_t>(known->rule) != key.rule) continue;
    const std::vector<FieldValue> values = shown_values(key, state);
    if (values.empty()) continue;
    fields.push_back(known != nullptr ? known_field(*known, values) : unknown_field(key.number, values));
    fields.back().conflict = in_conflict(state);
  }
  return fields;
}

std::string kind_name(const Schema& schema, std::uint32_t number) {
  const KindSchema* kind = schema.kind(number);
  return kind == nullptr ? "kind " + std::to_string(number) : kind->name;
}

std::string headline(const Record& record, const Schema& schema) {
  const KindSchema* kind = schema.kind(record.kind());
  std::string line;
  std::string other;
  for (const ShownField& field : shown_fields(record, schema)) {
    if (field.values.empty()) continue;
    const FieldSchema* known = kind == nullptr ? nullptr : kind->field(field.number);
    if (line.empty() && known != nullptr && known->searched) line = field.values.front();
    const bool telling = known != nullptr && known->column != ColumnType::kBlob;
    if (telling && other.size() < kHeadlineBytes)
      other += (other.empty() ? "" : ", ") + field.name + " " + field.values.front();
  }
  if (line.empty()) line = other;
  for (char& c : line)
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  if (line.size() <= kHeadlineBytes) return line;
  std::size_t cut = kHeadlineBytes;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
  return line.substr(0, cut) + "...";
}

Row record_row(const Record& record, const Schema& schema) {
  Row values;
  std::vector<std::string> conflicts;
  for (const ShownField& field : shown_fields(record, schema)) {
    values.raw(field.name, field.json);
    if (field.conflict) conflicts.push_back(field.name);
  }
  Row row;
  row.text("kind", kind_name(schema, record.kind()));
  row.text("id", record.id().text());
  row.text("circle", record.circle().text());
  row.object("v", values);
  if (const auto& origin = record.base().origin) {
    Row from;
    from.text("circle", origin->circle.text()).text("record", origin->record.text());
    row.object("origin", from);
  }
  if (record.presence() == Presence::kDeleted) row.flag("deleted", true);
  if (record.presence() == Presence::kDeletedWhileEdited) row.flag("deleted_while_edited", true);
  if (!conflicts.empty()) row.texts("conflicts", conflicts);
  return row;
}

std::string time_text(WallMs ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
  return std::string(text.data(), size);
}

}  // namespace thuisbasis
