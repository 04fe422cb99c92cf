// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/export_format.h"

#include <algorithm>
#include <tuple>

#include "core/schema/field_codec.h"
#include "tools/thuisbasis/row.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

/// A circle with all its records, in export order.
struct Chapter {
  CircleOverview circle;
  std::vector<Record> records;

  auto order() const {
    const RecordId first = records.empty() ? RecordId{} : records.front().id();
    return std::tuple(circle.dossier, circle.kind, circle.subject, circle.name, first);
  }
};

Result<Chapter> chapter_of(const Vault& vault, const CircleOverview& circle) {
  Chapter chapter{circle, {}};
  std::vector<std::uint32_t> kinds;
  for (const KindSchema& kind : vault.schema().kinds()) kinds.push_back(kind.number);
  TB_TRY(const std::vector<std::uint32_t> nameless, vault.kinds_without_name());
  kinds.insert(kinds.end(), nameless.begin(), nameless.end());
  for (const std::uint32_t kind : kinds) {
    ListFilter filter;
    filter.kind = kind;
    filter.circle = circle.id;
    TB_TRY(std::vector<Record> records, vault.list(filter));
    std::sort(records.begin(), records.end(),
              [](const Record& a, const Record& b) { return a.id() < b.id(); });
    std::move(records.begin(), records.end(), std::back_inserter(chapter.records));
  }
  return chapter;
}

/// What stands side by side, the shown one last: in the order in which it would be shown.
std::vector<FieldValue> candidates_of(const FieldState& field) {
  std::vector<Entry> entries = field.entries;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.time, a.dot.author, a.dot.number) < std::tie(b.time, b.dot.author, b.dot.number);
  });
  std::vector<FieldValue> values;
  for (const Entry& entry : entries) {
    std::erase(values, entry.value);  // the same value twice is one, at its last place
    values.push_back(entry.value);
  }
  return values;
}

/// All values of a field, none for an emptied one.
std::vector<FieldValue> values_of(const FieldKey& key, const FieldState& field) {
  const auto rule = static_cast<Rule>(key.rule);
  if (rule == Rule::kSet || rule == Rule::kRemoveWinsSet || rule == Rule::kOnce) return elements(field);
  if (rule == Rule::kCounter) return {FieldValue::varint(static_cast<std::uint64_t>(total(field)))};
  if (in_conflict(field)) return candidates_of(field);
  const FieldValue& value = shown(&field)->value;
  return value.shape == ValueShape::kNone ? std::vector<FieldValue>() : std::vector{value};
}

bool is_readable(const FieldSchema& schema, const std::vector<FieldValue>& values) {
  return std::all_of(values.begin(), values.end(), [&](const FieldValue& value) {
    return value.shape == ValueShape::kNone ||
           !std::holds_alternative<std::monostate>(to_typed(schema, value));
  });
}

Row unknown_row(const FieldKey& key, const FieldValue& value) {
  Row row;
  row.number("field", std::uint64_t{key.number}).number("rule", std::uint64_t{key.rule});
  switch (value.shape) {
    case ValueShape::kNone:
      break;
    case ValueShape::kVarint:
      row.number("varint", value.number);
      break;
    case ValueShape::kFixed64:
      row.number("fixed64", value.number);
      break;
    case ValueShape::kFixed32:
      row.number("fixed32", value.number);
      break;
    case ValueShape::kData:
      if (is_utf8(value.data))
        row.text("text", as_text(value.data));
      else
        row.text("bytes", to_base64url(value.data));
      break;
  }
  return row;
}

/// What the schema has a name for, and the rest.
struct Fields {
  Row known;
  Row conflicts;
  std::vector<Row> unknown;
};

void add_known(Fields& fields, const FieldSchema& schema, const std::vector<FieldValue>& values) {
  std::string json;
  for (const FieldValue& value : values) json += (json.empty() ? "" : ",") + value_json(schema, value);
  fields.known.raw(schema.name, schema.repeated ? "[" + json + "]" : json);
}

void add_conflict(Fields& fields, const FieldSchema& schema, const std::vector<FieldValue>& values) {
  if (values.back().shape != ValueShape::kNone) add_known(fields, schema, {values.back()});
  std::string json;
  for (const FieldValue& value : values) {
    const bool emptied = value.shape == ValueShape::kNone;
    json += (json.empty() ? "" : ",") + (emptied ? std::string("null") : value_json(schema, value));
  }
  fields.conflicts.raw(schema.name, "[" + json + "]");
}

Fields fields_of(const Record& record, const KindSchema* kind) {
  Fields fields;
  for (const auto& [key, state] : record.base().fields) {
    if (key.number == kLifecycleField) continue;
    const FieldSchema* schema = kind == nullptr ? nullptr : kind->field(key.number);
    const std::vector<FieldValue> values = values_of(key, state);
    if (values.empty()) continue;
    const bool waits = in_conflict(state);
    const bool known = schema != nullptr && static_cast<std::uint8_t>(schema->rule) == key.rule &&
                       (schema->repeated || waits || values.size() == 1) && is_readable(*schema, values);
    if (known && waits)
      add_conflict(fields, *schema, values);
    else if (known)
      add_known(fields, *schema, values);
    else
      for (const FieldValue& value : values) fields.unknown.push_back(unknown_row(key, value));
  }
  return fields;
}

std::string record_line(std::uint64_t circle, const Record& record, const Schema& schema) {
  const KindSchema* kind = schema.kind(record.kind());
  const Fields fields = fields_of(record, kind);
  Row row;
  row.text("op", "record").number("circle", circle);
  if (kind != nullptr)
    row.text("kind", kind->name);
  else
    row.number("kind", std::uint64_t{record.kind()});
  row.text("id", record.id().text()).object("v", fields.known);
  if (!fields.conflicts.empty()) row.object("conflicts", fields.conflicts);
  if (const auto& origin = record.base().origin)
    row.object("origin", Row().text("circle", origin->circle.text()).text("record", origin->record.text()));
  if (!fields.unknown.empty()) row.objects("unknown", fields.unknown);
  return row.json();
}

std::string circle_line(std::uint64_t number, const CircleOverview& circle) {
  Row row;
  row.text("op", "circle").number("n", number).text("kind", circle.kind).text("name", circle.name);
  row.text("dossier", circle.dossier.text());
  if (!circle.subject.is_zero()) row.text("subject", circle.subject.text());
  return row.json();
}

}  // namespace

Result<ExportCounts> export_vault(const Vault& vault,
                                  const std::function<void(const std::string&)>& write_line) {
  TB_TRY(const std::vector<CircleOverview> circles, vault.circles());
  std::vector<Chapter> chapters;
  for (const CircleOverview& circle : circles) {
    TB_TRY(Chapter chapter, chapter_of(vault, circle));
    chapters.push_back(std::move(chapter));
  }
  std::sort(chapters.begin(), chapters.end(),
            [](const Chapter& a, const Chapter& b) { return a.order() < b.order(); });
  ExportCounts counts;
  for (const Chapter& chapter : chapters) write_line(circle_line(++counts.circles, chapter.circle));
  std::uint64_t number = 0;
  for (const Chapter& chapter : chapters) {
    ++number;
    for (const Record& record : chapter.records) {
      write_line(record_line(number, record, vault.schema()));
      ++counts.records;
    }
  }
  return counts;
}

}  // namespace thuisbasis
