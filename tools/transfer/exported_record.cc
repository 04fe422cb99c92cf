// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/exported_record.h"

#include "core/schema/field_codec.h"

namespace thuisbasis {
namespace {

Result<FieldValue> known_value(const FieldSchema& field, const Json& value) {
  auto parsed = parse_value(field, plain_text(value));
  if (!parsed) return bad_line("'" + field.name + "': " + parsed.error().context());
  return parsed;
}

Result<const FieldSchema*> known_field(const KindSchema& kind, const std::string& name) {
  const FieldSchema* field = kind.field(name);
  if (field == nullptr) return bad_line(kind.name + " has no field '" + name + "'");
  return field;
}

Status read_shown(const Json& values, ExportedRecord& record) {
  for (const auto& [name, value] : values.items()) {
    TB_TRY(const FieldSchema* field, known_field(record.kind, name));
    if (field->repeated != value.is_array()) return bad_line("'" + name + "' has the wrong shape");
    FieldValues& into = record.field(field->number, field->rule, field->repeated);
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      TB_TRY(FieldValue parsed, known_value(*field, one));
      into.values.push_back(std::move(parsed));
    }
  }
  return {};
}

Status read_conflicts(const Json& line, ExportedRecord& record) {
  const auto conflicts = line.find("conflicts");
  if (conflicts == line.end()) return {};
  if (!conflicts->is_object()) return bad_line("'conflicts' is no JSON object");
  for (const auto& [name, values] : conflicts->items()) {
    TB_TRY(const FieldSchema* field, known_field(record.kind, name));
    FieldValues all{field->number, field->rule, false, {}};
    for (const Json& value : values) {
      if (value.is_null()) {
        all.values.push_back(FieldValue::none());
        continue;
      }
      TB_TRY(FieldValue parsed, known_value(*field, value));
      all.values.push_back(std::move(parsed));
    }
    if (!values.is_array() || !all.in_conflict())
      return bad_line("'" + name + "' is no field with several values");
    record.field(field->number, field->rule, false) = std::move(all);
  }
  return {};
}

Result<FieldValue> unknown_value(const Json& object) {
  if (object.contains("text")) {
    TB_TRY(const std::string text, text_member(object, "text"));
    return FieldValue::text(text);
  }
  if (object.contains("bytes")) {
    TB_TRY(const std::string text, text_member(object, "bytes"));
    auto bytes = from_base64url(text);
    if (!bytes) return bad_line("'bytes' is no base64url");
    return FieldValue::bytes(*bytes);
  }
  constexpr std::pair<const char*, ValueShape> kShapes[] = {
      {"varint", ValueShape::kVarint}, {"fixed64", ValueShape::kFixed64}, {"fixed32", ValueShape::kFixed32}};
  for (const auto& [name, shape] : kShapes) {
    if (!object.contains(name)) continue;
    TB_TRY(const std::uint64_t number, number_member(object, name));
    if (shape == ValueShape::kFixed32 && number > UINT32_MAX) return bad_line("'fixed32' is too large");
    return FieldValue{shape, number, {}};
  }
  return FieldValue::none();
}

Status read_unknown(const Json& line, ExportedRecord& record) {
  const auto list = line.find("unknown");
  if (list == line.end()) return {};
  if (!list->is_array()) return bad_line("'unknown' is no list");
  for (const Json& one : *list) {
    if (!one.is_object()) return bad_line("'unknown' holds something else than objects");
    TB_TRY(const std::uint64_t number, number_member(one, "field"));
    TB_TRY(const std::uint64_t rule, number_member(one, "rule"));
    const bool is_field = number >= 1 && number <= kFieldNumberMax;
    const bool is_rule = rule <= UINT8_MAX && is_known_rule(static_cast<std::uint8_t>(rule)) &&
                         static_cast<Rule>(rule) != Rule::kLifecycle;
    if (!is_field || !is_rule) return bad_line("'unknown' names no field and rule");
    TB_TRY(FieldValue value, unknown_value(one));
    FieldValues& into = record.field(static_cast<std::uint32_t>(number), static_cast<Rule>(rule), false);
    into.values.push_back(std::move(value));
    into.repeated = into.values.size() > 1;
  }
  for (const FieldValues& field : record.fields)
    if (field.values.size() == 1 && field.values.front().shape == ValueShape::kNone)
      return bad_line("a member of 'unknown' has no value");
  return {};
}

Result<KindSchema> read_kind(const Json& line, const Schema& schema) {
  const auto kind = line.find("kind");
  const bool is_number = kind != line.end() && kind->is_number_unsigned();
  if (!is_number) {
    TB_TRY(const std::string name, text_member(line, "kind"));
    const KindSchema* known = schema.kind(name);
    if (known == nullptr) return bad_line("unknown kind '" + name + "'");
    return *known;
  }
  const std::uint64_t number = kind->get<std::uint64_t>();
  if (number == 0 || number > UINT32_MAX) return bad_line("'kind' is no number of a kind");
  // This version may know what an older one exported.
  if (const KindSchema* known = schema.kind(static_cast<std::uint32_t>(number))) return *known;
  KindSchema nameless;
  nameless.number = static_cast<std::uint32_t>(number);
  nameless.name = "kind " + std::to_string(number);
  return nameless;
}

}  // namespace

FieldValues& ExportedRecord::field(std::uint32_t number, Rule rule, bool repeated) {
  for (FieldValues& one : fields)
    if (one.number == number && one.rule == rule) return one;
  return fields.emplace_back(FieldValues{number, rule, repeated, {}});
}

Result<ExportedRecord> read_exported_record(const Json& line, const Schema& schema) {
  ExportedRecord record;
  TB_TRY(record.kind, read_kind(line, schema));
  TB_TRY(record.id, id_member<RecordId>(line, "id"));
  const auto values = line.find("v");
  if (values == line.end() || !values->is_object()) return bad_line("'v' is no JSON object");
  TB_CHECK(read_shown(*values, record));
  TB_CHECK(read_conflicts(line, record));
  TB_CHECK(read_unknown(line, record));
  if (line.contains("origin")) {
    if (!line["origin"].is_object()) return bad_line("'origin' is no JSON object");
    Origin origin;
    TB_TRY(origin.circle, id_member<CircleId>(line["origin"], "circle"));
    TB_TRY(origin.record, id_member<RecordId>(line["origin"], "record"));
    record.origin = origin;
  }
  return record;
}

}  // namespace thuisbasis
